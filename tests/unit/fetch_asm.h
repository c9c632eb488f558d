/* SPDX-License-Identifier: MIT */
/*
 * Fetch programs from text, for tests: instructions by the names of fetch.def with their operands,
 * `;` between a condition and the values: "REG 0 LOAD4 8 GTSC 8; FIELD 3 4 REG 0 PUT4". Lengths of
 * parts and the ENDs are put in.
 */
#ifndef FETCH_ASM_H
#define FETCH_ASM_H

#include <stdint.h>

/* Bytes written to out[0..size), or -1: not understood, or too long. */
int fetch_asm(const char *text, uint8_t *out, unsigned size);

#endif
