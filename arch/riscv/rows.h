/* SPDX-License-Identifier: MIT */
/*
 * The rows of the decode tables, and the variants that are made of them. Included by the files that have tables, and decode.c.
 *
 * A table ends in UNDEFINED, or in NEXT if the variant's next table goes on. The first row that matches decides. Tables that only
 * one variant has are in objects of their own, so that firmware links those of its variant only.
 */
#ifndef RISCV_ROWS_H
#define RISCV_ROWS_H

#include "error.h"
#include "isa.h"
#include "riscv.h"

struct riscv_what {
	uint8_t check; /* enum check, or'ed */
	uint8_t op;    /* enum riscv_op; or REJECTED and the error */
};

enum check {
	RM = 1 << 0, /* bits 14:12 are a rounding mode: 5 and 6 are reserved */

	/* Not checks, but what else there is to say. */
	END = 1 << 1,   /* nothing goes on behind it: no window of decode() does */
	LEAVE = 1 << 4, /* TL_INSN_LEAVES */
	ALONE = 1 << 7, /* TL_INSN_NO_TRAP */
	FLAGS = 4       /* where they start */
};
_Static_assert(LEAVE >> FLAGS == TL_INSN_LEAVES && ALONE >> FLAGS == TL_INSN_NO_TRAP, "flags");

enum { REJECTED = 0x80 };

struct riscv_narrow {
	uint16_t mask, match;
	struct riscv_what what;
};

struct riscv_wide {
	uint32_t mask, match;
	struct riscv_what what;
};

/* tl_isa.variant: its tables, in the order of search */
struct riscv_variant {
	const struct riscv_narrow *narrow[2];
	const struct riscv_wide *wide[2];
};

extern const struct riscv_narrow riscv_narrow[], riscv_narrow_rv32[], riscv_narrow_rv64[];
extern const struct riscv_wide riscv_wide[], riscv_wide_rv32[], riscv_wide_rv64[];

/* clang-format off */

/* A match with a bit outside its mask could never match: it does not compile. */
#define OUTSIDE(mask, match)              sizeof(struct { _Static_assert(!((match) & ~(mask)), "match outside mask"); int _; })
#define ROW(mask, match, check, op)       {(mask), (match), {(check) + 0 * OUTSIDE(mask, match), (op)}}

#define SLOT(mask, match, check)          ROW(mask, match, check, RISCV_SLOT)
#define SLOT_AS(mask, match, check, op)   ROW(mask, match, check, op)
#define LEAVES(mask, match, check, op)    ROW(mask, match, (check) | END | LEAVE, op)
#define SIMULATE(mask, match, check, op)  ROW(mask, match, check, op)
#define REJECT(mask, match, check, error) ROW(mask, match, check, REJECTED | (error))

#define UNDEFINED                         ROW(0, 0, 0, REJECTED | TL_EUNDEF)
#define NEXT                              ROW(0, 0, 0, RISCV_NEXT)

extern const struct tl_reg riscv_reg_table[]; /* isa.c */

/* What the variants have in common. Index n of a register is x(n + 1). */
#define RISCV_ISA(its_variant)                                                                                                 \
	.variant = (its_variant),                                                                                              \
	.e_machine = 243, /* EM_RISCV */                                                                                       \
	.insn_align = 2,                                                                                                       \
	.insn_max = 4,                                                                                                         \
	.text_before = 0,                                                                                                      \
	.text_after = 4 * RISCV_TRAP_INSNS,                                                                                    \
	.slot_size = RISCV_SLOT_SIZE,                                                                                          \
	.ncore = RISCV_NCORE,                                                                                                  \
	.pc = 31,                                                                                                              \
	.sp = 1,                                                                                                               \
	.lr = 0,                                                                                                               \
	.nargs = 8,                                                                                                            \
	.args = {9, 10, 11, 12, 13, 14, 15, 16},                                                                               \
	.retval = {9, 10},                                                                                                     \
	.regs = riscv_reg_table,                                                                                               \
	.gdb_feature = "org.gnu.gdb.riscv.cpu",                                                                                \
	.brk_len = 2,                                                                                                          \
	.brk_point = {RISCV_BRK & 0xff, RISCV_BRK >> 8},                                                                       \
	.insn_len = riscv_insn_len,                                                                                            \
	.decode = riscv_decode,                                                                                                \
	.slot_build = riscv_slot_build,                                                                                          \
	.trap_use = riscv_trap_use

/* clang-format on */

#endif
