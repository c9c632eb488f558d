/* SPDX-License-Identifier: MIT */
/*
 * The printf of agent expressions, for dprintf: formats as they stand in C source, escapes
 * included, of what GDB's printf command takes but floating point, decimal floating point and wide
 * characters.
 *
 *   %[-+ #0'][width][.precision][l|ll|j|z]{d i u o x X c s p %}     \a \b \e \f \n \r \t \v \" \\
 *
 * ' is ignored, as in the C locale; width and precision go to 255, and neither may be `*`. %s reads
 * the target's memory, at most TL_FORMAT_STRING bytes of it.
 */
#ifndef TL_FORMAT_H
#define TL_FORMAT_H

#include "expr/bytecode.h"

struct tl_format {
	const char *text;
	unsigned size;  /* without the zero that ends it */
	unsigned nargs; /* values that come with it */
};

/* That of a printf instruction: 0, or -TL_EFORMAT: no zero ends it. */
int tl_format_of(const struct tl_bytecode *code, const struct tl_bytecode_insn *insn,
                 struct tl_format *format);

/* Will it print, with as many values? 0, -TL_EFLOAT or -TL_EFORMAT. */
int tl_format_check(const struct tl_format *format);

/* Prints it. Its first value is below `end`, the next below that. 0 or -TL_E…: also -TL_EFAULT and
 * -TL_ESTEPS of a %s. */
int tl_format_print(struct tl_bytecode_machine *m, const struct tl_format *format,
                    const uint64_t *end);

#endif
