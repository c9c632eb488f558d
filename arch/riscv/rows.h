/* SPDX-License-Identifier: MIT */
/*
 * What rows of RISC-V's tables (table.h) ask and say, and what its variants have in common.
 * Included by the files that have tables, and those that look them up. tl_isa.variant is a struct
 * riscv_variant.
 */
#ifndef RISCV_ROWS_H
#define RISCV_ROWS_H

#include "riscv.h"
#include "table.h"

enum check {
	RM = 1 << 0, /* bits 14:12 are a rounding mode: 5 and 6 are reserved */

	/* Not checks, but what else there is to say. */
	END = 1 << 1,   /* nothing goes on behind it: no window of decode() does */
	LEAVE = 1 << 4, /* TL_INSN_LEAVES */
	ALONE = 1 << 7, /* TL_INSN_NO_TRAP */
	FLAGS = 4       /* where they start */
};
_Static_assert(LEAVE >> FLAGS == TL_INSN_LEAVES && ALONE >> FLAGS == TL_INSN_NO_TRAP, "flags");

struct riscv_variant {
	struct tl_tables tables; /* first: see table.h */
	enum riscv_mode mode;
};

extern const struct tl_narrow riscv_narrow[], riscv_narrow_rv32[], riscv_narrow_rv64[];
extern const struct tl_wide riscv_wide[], riscv_wide_rv32[], riscv_wide_rv64[];

/* decode.c: fetches the instruction at `bytes` and fills in what its row says. Returns the row's
   check, or -1 if it does not fit. */
int riscv_lookup(const struct riscv_variant *, const uint8_t *bytes, unsigned n, struct tl_insn *);

extern const struct tl_reg riscv_reg_table[]; /* isa.c */

/* clang-format off */

/* What only decoding needs. */
#if TL_DECODE
/* Defines `variant`: the tables of `rv32` or `rv64`, in a mode. */
#define RISCV_VARIANT(xlen, its_mode) \
	static const struct riscv_variant variant = { \
		.tables = { \
			.narrow = {riscv_narrow_##xlen, riscv_narrow}, \
			.wide = {riscv_wide_##xlen, riscv_wide}, \
		}, \
		.mode = (its_mode), \
	}
#define RISCV_DECODING(xlen, mode_name) \
	.variant = &variant, \
	.simulate = riscv_simulate_##xlen, \
	.gdb_feature = "org.gnu.gdb.riscv.cpu", \
	.insn_len = riscv_insn_len, \
	.decode = riscv_decode, \
	.breakpoint = riscv_breakpoint, \
	.slot_build = riscv_slot_build, \
	.jump = riscv_jump, \
	.returns = TL_FOR_RETURNS(riscv_returns), \
	.goes = riscv_goes, \
	.onward = riscv_onward, \
	.trap_use = TL_FOR_HOSTS(riscv_trap_use_##mode_name)
#else
#define RISCV_VARIANT(xlen, its_mode) extern const struct tl_isa riscv_##xlen
#define RISCV_DECODING(xlen, mode_name) .variant = 0
#endif

/* What the variants have in common. Index n of a register is x(n + 1). `mode_name`: machine or
   supervisor. */
#define RISCV_ISA(xlen, mode_name) \
	.e_machine = 243, /* EM_RISCV */ \
	.insn_align = 2, \
	.insn_max = 4, \
	.text_before = 0, \
	.text_after = 4 * RISCV_TRAP_INSNS, \
	.slot_size = RISCV_SLOT_SIZE, \
	.ncore = RISCV_NCORE, \
	.pc = 31, \
	.sp = 1, \
	.lr = 0, \
	.nargs = 8, \
	.args = {9, 10, 11, 12, 13, 14, 15, 16}, \
	.retval = {9, 10}, \
	.regs = riscv_reg_table, \
	RISCV_DECODING(xlen, mode_name)

/* clang-format on */

#endif
