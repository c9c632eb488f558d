/* SPDX-License-Identifier: MIT */
/*
 * What rows of Thumb's tables (table.h) ask and say, and what its variants are made of. Included by
 * the files that have tables, and those that look them up.
 */
#ifndef THUMB_ROWS_H
#define THUMB_ROWS_H

#include "table.h"
#include "thumb.h"

/* Fields that may not be 15, and more. A row that matches but fails its check is undefined or
 * unpredictable. */
enum check {
	N = 1 << 0,    /* bits 19:16 */
	T = 1 << 1,    /* bits 15:12 */
	D = 1 << 2,    /* bits 11:8 */
	M = 1 << 3,    /* bits 3:0 */
	LIST = 1 << 4, /* two registers or more, and not the base if written back */

	/* Not checks, but what else there is to say. */
	END = 1 << 5,   /* no exclusive window goes on behind it */
	LEAVE = 1 << 6, /* TL_INSN_LEAVES */
	LOAD = 1 << 7,  /* TL_INSN_LOADS */
	FLAGS = 6       /* where they start */
};
_Static_assert(LEAVE >> FLAGS == TL_INSN_LEAVES && LOAD >> FLAGS == TL_INSN_LOADS, "flags");

enum { THUMB_JUMP = 4 };

/* tl_isa.variant */
struct thumb_variant {
	struct tl_tables tables;

	uint16_t jump[2][THUMB_JUMP]; /* the jump back, behind an instruction of 2 and of 4 bytes:
	                                 slot.c */
	uint8_t back;                 /* offset in the slot of the address that it loads */

	/* VLDR (literal): brings the literal into the slot, and its offset there into `bits`. 0 or
	 * -TL_EFAULT. */
	int (*take_literal)(uint32_t *bits, uint32_t addr, tl_read_fn *read, uint8_t *slot);

	/* What reads or writes the PC: other instructions that do the same. 0 or -TL_EINSN. */
	int (*rewrite)(const struct tl_insn *insn, uint32_t addr, tl_read_fn *read, uint8_t *slot);
};

#define THUMB_LDR_PC                                                                               \
	.rewrite = thumb_rewrite, .jump = {{0xf8df, 0xf004}, {0xf8df, 0xf000}}, .back = 8

/* decode.c: fetches the instruction and fills in what its row says. Returns the row's check, or -1
 * if it does not fit in `n`. */
int thumb_lookup(const struct tl_tables *tables, const uint8_t *bytes, unsigned n,
                 struct tl_insn *insn);
/* Instructions in the block of what may be an IT; 0 if it is none. */
unsigned thumb_it_lanes(uint32_t bits);

int thumb_take_literal(uint32_t *bits, uint32_t addr, tl_read_fn *read, uint8_t *slot); /* v7em.c */

/* rewrite.c, rewrite_v6m.c */
int thumb_rewrite(const struct tl_insn *insn, uint32_t addr, tl_read_fn *read, uint8_t *slot);
int thumb_rewrite_v6m(const struct tl_insn *insn, uint32_t addr, tl_read_fn *read, uint8_t *slot);

/* slot.c: a halfword; behind it. */
uint8_t *thumb_put(uint8_t *out, uint32_t halfword);
/* The words behind rewritten code: where the displaced instruction is followed, and its target,
 * value or literal's address. */
enum { THUMB_NEXT = 12, THUMB_OTHER = 16 };
static inline void thumb_put_word(uint8_t *out, uint32_t word)
{
	thumb_put(thumb_put(out, word), word >> 16);
}

extern const struct tl_narrow thumb_narrow[], thumb_narrow_v6m[], thumb_narrow_v8m[];
extern const struct tl_wide thumb_wide_v6m[], thumb_wide_v7m[], thumb_wide_dsp[], thumb_wide_fp[],
        thumb_wide_v8m[];

/* clang-format off */

#define RETURNS(mask, match, check, op)   ROW(mask, match, (check) | END | LEAVE | LOAD, op)
#define SIM_LOADS(mask, match, check, op) ROW(mask, match, (check) | LOAD, op)

/* clang-format on */

extern const struct tl_reg thumb_reg_table[]; /* isa.c */
extern const char *const thumb_untrappable[]; /* isa.c */

/* clang-format off */

/* What only decoding needs. */
#if TL_DECODE
#define THUMB_DECODING(its_variant) \
	.variant = (its_variant), \
	.gdb_arch = "arm", \
	.gdb_feature = "org.gnu.gdb.arm.m-profile", \
	.untrappable = TL_FOR_HOSTS(thumb_untrappable), \
	.insn_len = thumb_insn_len, \
	.decode = thumb_decode, \
	.breakpoint = thumb_breakpoint, \
	.slot_build = thumb_slot_build, \
	.returns = TL_FOR_RETURNS(thumb_returns), \
	.goes = thumb_goes, \
	.onward = thumb_onward, \
	.simulate = thumb_simulate
#else
#define THUMB_DECODING(its_variant) .variant = 0
#endif

/* What the variants have in common. */
#define THUMB_ISA(its_variant) \
	.e_machine = 40, /* EM_ARM */ \
	.word = 4, \
	.insn_align = 2, \
	.insn_max = 4, \
	.slot_size = THUMB_SLOT_SIZE, \
	.ncore = THUMB_NCORE, \
	.pc = 15, \
	.sp = 13, \
	.lr = 14, \
	.nargs = 4, \
	.args = {0, 1, 2, 3}, \
	.retval = {0, 1}, \
	.regs = thumb_reg_table, \
	THUMB_DECODING(its_variant)

/* clang-format on */

#endif
