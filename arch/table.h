/* SPDX-License-Identifier: MIT */
/*
 * The tables of a decode.c, for instructions of 16 and 32 bits: rows of {mask, match}, what each
 * says, and the search. The first row that matches decides.
 *
 * A table ends in UNDEFINED, or in NEXT if the variant's next table goes on. Tables that only some
 * variants have are in objects of their own, so that firmware links those of its variant only.
 * Beside each row stands its bit pattern: tests/unit holds the two against each other, and looks
 * for rows that never decide.
 *
 * The architecture's rows.h includes this, and names in `enum check` what its rows may ask and say
 * besides; of these END and LEAVE are used here.
 */
#ifndef TL_TABLE_H
#define TL_TABLE_H

#include "error.h"
#include "isa.h"

struct tl_what {
	uint8_t check; /* the architecture's enum check, or'ed */
	uint8_t op; /* its tl_insn.op, 0 for what just runs in a slot; TL_NEXT; or TL_REJECTED and
	               the error */
};

enum {
	TL_NEXT = 0x7f, /* none: the end of a table that another follows */
	TL_REJECTED = 0x80
};

/* 16 bits: 6 bytes a row. */
struct tl_narrow {
	uint16_t mask, match;
	struct tl_what what;
};

/* 32 bits, the upper half first: 10 bytes a row. */
struct tl_wide {
	uint16_t mask[2], match[2];
	struct tl_what what;
};

/* The tables of a variant, in the order of search. They are at the start of what tl_isa.variant
 * points to. */
struct tl_tables {
	const struct tl_narrow *narrow[2];
	const struct tl_wide *wide[4];
};

/* A mask or match of struct tl_wide. */
static inline uint32_t tl_whole(const uint16_t *halves)
{
	return (uint32_t)halves[0] << 16 | halves[1];
}

static inline struct tl_what tl_find_narrow(const struct tl_tables *tables, uint32_t bits)
{
	const struct tl_narrow *const *table = tables->narrow;

	for (const struct tl_narrow *row = *table;; row = *++table) {
		while ((bits & row->mask) != row->match)
			row++;
		if (row->what.op != TL_NEXT)
			return row->what;
	}
}

static inline struct tl_what tl_find_wide(const struct tl_tables *tables, uint32_t high,
                                          uint32_t low)
{
	const struct tl_wide *const *table = tables->wide;

	for (const struct tl_wide *row = *table;; row = *++table) {
		while ((high & row->mask[0]) != row->match[0] ||
		       (low & row->mask[1]) != row->match[1])
			row++;
		if (row->what.op != TL_NEXT)
			return row->what;
	}
}

/* Into `insn`, what a row says: that it runs in a slot or is simulated, if it is not refused; its
 * flags begin at bit `flags`. */
static inline void tl_decide(struct tl_insn *insn, struct tl_what what, bool in_slot,
                             unsigned flags)
{
	if (what.op & TL_REJECTED)
		insn->verdict = TL_REJECT;
	else
		insn->verdict = in_slot ? TL_SLOT : TL_SIMULATE;
	insn->flags = what.check >> flags;
	insn->op = what.op & (TL_REJECTED - 1);
}

/* decode()'s answer where it refuses. */
static inline int tl_reject(struct tl_insn *insn, enum tl_error error)
{
	insn->verdict = TL_REJECT;
	insn->flags = 0;
	insn->op = (uint8_t)error;
	return -(int)error;
}

/* clang-format off */

/* A match with a bit outside its mask could never match: it does not compile. */
#define OUTSIDE(mask, match) \
	sizeof(struct { _Static_assert(!((match) & ~(mask)), "match outside mask"); int _; })
#define NARROW(bits) (bits)
#define WIDE(bits)   {(bits) >> 16, (bits) & 0xffff}
/* A table stands between `#define BITS NARROW` (or WIDE) and `#undef BITS`. */
#define ROW(mask, match, check, op) \
	{BITS(mask), BITS(match), {(check) + 0 * OUTSIDE(mask, match), (op)}}

#define SLOT(mask, match, check)          ROW(mask, match, check, 0)
#define SLOT_AS(mask, match, check, op)   ROW(mask, match, check, op)
#define LEAVES(mask, match, check, op)    ROW(mask, match, (check) | END | LEAVE, op)
#define SIMULATE(mask, match, check, op)  ROW(mask, match, check, op)
#define REJECT(mask, match, check, error) ROW(mask, match, check, TL_REJECTED | (error))

#define UNDEFINED                         ROW(0, 0, 0, TL_REJECTED | TL_EUNDEF)
#define NEXT                              ROW(0, 0, 0, TL_NEXT)

/* clang-format on */

#endif
