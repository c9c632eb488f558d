/* SPDX-License-Identifier: MIT */
/*
 * May a function's return be hooked? Follows the code from its entry for as long as LR holds the
 * return address, both ways of branches, and refuses what reads LR for anything but to keep it on
 * the stack or to return.
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E: A5 (encodings); for calls, the
 * AAPCS32, 6.1.1.
 */
#include "error.h"
#include "rows.h"
#include "thumb.h"
#include "walk.h"

enum { SP = 13, LR = 14 };

/* What a 32-bit instruction does with the registers that its fields name. */
enum role {
	READS_N = 1 << 0,     /* bits 19:16 */
	READS_M = 1 << 1,     /* bits 3:0 */
	READS_T = 1 << 2,     /* bits 15:12 */
	STORES_T = 1 << 3,    /* to memory at the register in bits 19:16 */
	STORES_D = 1 << 4,    /* bits 11:8, likewise */
	STORES_LIST = 1 << 5, /* bits 15:0, likewise */
	WRITES_T = 1 << 6,
	WRITES_D = 1 << 7,
	WRITES_LIST = 1 << 8,
};

/* clang-format off */
#define ROLES(mask, match, roles) {(mask) + 0 * OUTSIDE(mask, match), match, roles}
static const struct roles {
	uint32_t mask, match;
	uint16_t roles;
} roles[] = {
	/* stm, push; ldm, pop         */ ROLES(0xfe500000, 0xe8000000, READS_N | STORES_LIST),
	                                  ROLES(0xfe500000, 0xe8100000, READS_N | WRITES_LIST),
	/* tbb, tbh                    */ ROLES(0xfff0ffe0, 0xe8d0f000, READS_N | READS_M),
	/* ldrex, strex and their kind */ ROLES(0xff700000, 0xe8500000, READS_N | WRITES_T),
	                                  ROLES(0xff700000, 0xe8400000, READS_N | READS_T),
	/* strd; ldrd */
		ROLES(0xfe500000, 0xe8400000, READS_N | STORES_T | STORES_D),
		ROLES(0xfe500000, 0xe8500000, READS_N | WRITES_T | WRITES_D),
	/* data processing (register) */
		ROLES(0xfe000000, 0xea000000, READS_N | READS_M | WRITES_D),
		ROLES(0xff000000, 0xfa000000, READS_N | READS_M | WRITES_D),
	/* mcr, mcrr; mrc, mrrc        */ ROLES(0xef100010, 0xee000010, READS_T),
	                                  ROLES(0xef100010, 0xee100010, WRITES_T),
	                                  ROLES(0xeff00000, 0xec400000, READS_N | READS_T),
	                                  ROLES(0xeff00000, 0xec500000, WRITES_T),
	/* cdp; ldc, stc               */ ROLES(0xef000000, 0xee000000, 0),
	                                  ROLES(0xee000000, 0xec000000, READS_N),
	/* movw, movt                  */ ROLES(0xfb708000, 0xf2400000, WRITES_D),
	/* data processing (immediate) */ ROLES(0xf8008000, 0xf0000000, READS_N | WRITES_D),
	/* msr; mrs; other control     */ ROLES(0xffe0d000, 0xf3808000, READS_N),
	                                  ROLES(0xffe0d000, 0xf3e08000, WRITES_D),
	                                  ROLES(0xf8008000, 0xf0008000, 0),
	/* str*; ldr*: [Rn, Rm], else */
		ROLES(0xff900fc0, 0xf8000000, READS_N | READS_M | STORES_T),
		ROLES(0xff100000, 0xf8000000, READS_N | STORES_T),
		ROLES(0xfe900fc0, 0xf8100000, READS_N | READS_M | WRITES_T),
		ROLES(0xfe100000, 0xf8100000, READS_N | WRITES_T),
	/* mul, mla; long ones */
		ROLES(0xff800000, 0xfb000000, READS_N | READS_M | READS_T | WRITES_D),
		ROLES(0xff800000, 0xfb800000, READS_N | READS_M | WRITES_T | WRITES_D),
		ROLES(0, 0, 0),
};
/* clang-format on */

enum use { NOTHING, WRITES, READS };

static enum use use_of_wide(uint32_t bits)
{
	const struct roles *row = roles;
	unsigned n = bits >> 16 & 15, t = bits >> 12 & 15, d = bits >> 8 & 15, m = bits & 15;
	unsigned stored, written;

	while ((bits & row->mask) != row->match)
		row++;
	if ((row->roles & READS_N && n == LR) || (row->roles & READS_M && m == LR) ||
	    (row->roles & READS_T && t == LR))
		return READS;
	stored = (row->roles & STORES_T && t == LR) || (row->roles & STORES_D && d == LR) ||
	         (row->roles & STORES_LIST && bits >> LR & 1);
	if (stored && n != SP)
		return READS;
	written = (row->roles & WRITES_T && t == LR) || (row->roles & WRITES_D && d == LR) ||
	          (row->roles & WRITES_LIST && bits >> LR & 1);
	return written ? WRITES : NOTHING;
}

/* Of 16-bit instructions only a few reach LR: push, which keeps it, and add, cmp, mov, bx and blx
 * with high registers. */
static enum use use_of_narrow(uint32_t bits)
{
	unsigned m = bits >> 3 & 15, d = (bits >> 4 & 8) | (bits & 7);
	bool call = (bits & 0xff80) == 0x4780, jump = (bits & 0xff80) == 0x4700,
	     mov = bits >> 8 == 0x46;

	if (bits >> 10 != 0x11)
		return NOTHING;
	if (call)
		return m == LR ? READS : WRITES;
	if (jump || (mov && d == 15))
		return NOTHING;
	if (m == LR || (d == LR && !mov))
		return READS;
	return d == LR ? WRITES : NOTHING;
}

static int32_t sign_extend(uint32_t value, unsigned width)
{
	return (int32_t)(value << (32 - width)) >> (32 - width);
}

int32_t thumb_far(uint32_t bits)
{
	uint32_t sign = bits >> 26 & 1, i1 = (bits >> 13 & 1) ^ sign ^ 1,
	         i2 = (bits >> 11 & 1) ^ sign ^ 1;

	return 4 + 2 * sign_extend(sign << 23 | i1 << 22 | i2 << 21 | (bits >> 16 & 0x3ff) << 11 |
	                                   (bits & 0x7ff),
	                           24);
}

/* 0, too, if it does not stay in the function. */
int32_t thumb_goes(const struct tl_insn *insn)
{
	uint32_t bits = insn->bits;

	switch (insn->verdict == TL_SIMULATE ? insn->op : THUMB_SLOT) {
	case THUMB_BCC:
		return 4 + 2 * sign_extend(bits, 8);
	case THUMB_B:
		return 4 + 2 * sign_extend(bits, 11);
	case THUMB_CBZ:
		return 4 + 2 * (int32_t)((bits >> 3 & 31) | (bits >> 4 & 32));
	case THUMB_BCCW:
		return 4 + 2 * sign_extend((bits >> 26 & 1) << 19 | (bits >> 11 & 1) << 18 |
		                                   (bits >> 13 & 1) << 17 |
		                                   (bits >> 16 & 0x3f) << 11 | (bits & 0x7ff),
		                           20);
	case THUMB_BW: /* within 4 KB of the function; what is further is a tail call */
		return (bits >> 16 & 0x400 ? 0x3ff : 0) == (bits >> 16 & 0x3ff)
		               ? 4 + 2 * sign_extend(bits, 11)
		               : 0;
	}
	return 0;
}

/* Does the code go on somewhere else, or without the return address in LR, after what `insn` is? */
static bool leads_away(const struct tl_insn *insn, enum use use)
{
	if (insn->verdict == TL_REJECT)
		return insn->op == TL_EUNDEF; /* no code */
	return use == WRITES || insn->flags & TL_INSN_LEAVES || insn->op == THUMB_B ||
	       insn->op == THUMB_BW || insn->op == THUMB_BL || insn->op == THUMB_TB;
}

struct walk {
	const struct tl_isa *isa;
	unsigned lanes; /* of an IT block to come: what leads away in them may not */
};

static void step(void *walk, const uint8_t *bytes, unsigned n, struct tl_step *to)
{
	struct walk *w = walk;
	struct tl_insn insn;
	enum use use;

	to->len = 0;
	if (thumb_lookup(w->isa->variant, bytes, n, &insn) < 0)
		return;
	use = insn.len == 4 ? use_of_wide(insn.bits) : use_of_narrow(insn.bits);
	to->len = insn.len;
	to->refused = use == READS && !(insn.verdict == TL_REJECT && insn.op == TL_EUNDEF);
	to->jumps = thumb_goes(&insn);
	to->leads = !w->lanes && leads_away(&insn, use);
	if (w->lanes)
		w->lanes--;
	if (insn.len == 2 && thumb_it_lanes(insn.bits))
		w->lanes = thumb_it_lanes(insn.bits);
}

int thumb_returns(const struct tl_isa *isa, const struct tl_text *text)
{
	struct walk walk = {isa, 0};

	return tl_walk(text, step, &walk);
}
