/* SPDX-License-Identifier: MIT */
/*
 * What rows of AArch64's table (table.h) ask and say. Included by the file that has the table, and
 * those that look it up. tl_isa.variant is a struct tl_tables.
 */
#ifndef A64_ROWS_H
#define A64_ROWS_H

#include "a64.h"
#include "table.h"

enum check {
	/* No checks, but what else there is to say. */
	END = 1 << 1,   /* nothing goes on behind it: no window of decode() does */
	LEAVE = 1 << 4, /* TL_INSN_LEAVES */
	LOAD = 1 << 5,  /* TL_INSN_LOADS */
	ALONE = 1 << 7, /* TL_INSN_NO_TRAP */
	FLAGS = 4       /* where they start */
};
_Static_assert(LEAVE >> FLAGS == TL_INSN_LEAVES && LOAD >> FLAGS == TL_INSN_LOADS &&
                       ALONE >> FLAGS == TL_INSN_NO_TRAP,
               "flags");

extern const struct tl_wide a64_wide[];

/* decode.c: fetches the instruction at `bytes` and fills in what its row says. Returns the row's
   check, or -1 if it is not all there. */
int a64_lookup(const struct tl_tables *, const uint8_t *bytes, unsigned n, struct tl_insn *);

#endif
