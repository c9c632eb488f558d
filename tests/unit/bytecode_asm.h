/* SPDX-License-Identifier: MIT */
/*
 * Agent expressions from text: names of bytecodes.def and their operands as numbers, between
 * spaces, as GDB's `maintenance agent` writes them: "reg 13 const8 4 add ref32 end". `printf 2 "%d
 * %s"` has its number of values and its format as in C source; a number where a name should be is a
 * byte.
 */
#ifndef BYTECODE_ASM_H
#define BYTECODE_ASM_H

#include <stdint.h>

/* Returns the size, or -1 if the text cannot be understood or needs more than `room`. */
int bytecode_asm(const char *text, uint8_t *out, unsigned room);

/* The name of an instruction, or NULL. */
const char *bytecode_name(unsigned op);

#endif
