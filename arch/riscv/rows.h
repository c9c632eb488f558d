/* SPDX-License-Identifier: MIT */
/*
 * What rows of RISC-V's tables (table.h) ask and say, and what its variants have in common.
 * Included by the files that have tables, and those that look them up. tl_isa.variant is a struct
 * tl_tables.
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

extern const struct tl_narrow riscv_narrow[], riscv_narrow_rv32[], riscv_narrow_rv64[];
extern const struct tl_wide riscv_wide[], riscv_wide_rv32[], riscv_wide_rv64[];

/* decode.c: fetches the instruction at `bytes` and fills in what its row says. Returns the row's
   check, or -1 if it does not fit. */
int riscv_lookup(const struct tl_tables *tables, const uint8_t *bytes, unsigned n,
                 struct tl_insn *insn);

extern const struct tl_reg riscv_reg_table[]; /* isa.c */

/* clang-format off */

/* What only decoding needs. */
#if TL_DECODE
#define RISCV_DECODING(its_variant) \
	.variant = (its_variant), \
	.gdb_feature = "org.gnu.gdb.riscv.cpu", \
	.insn_len = riscv_insn_len, \
	.decode = riscv_decode, \
	.breakpoint = riscv_breakpoint, \
	.slot_build = riscv_slot_build, \
	.jump = riscv_jump, \
	.returns = TL_FOR_RETURNS(riscv_returns), \
	.goes = riscv_goes, \
	.onward = riscv_onward, \
	.trap_use = TL_FOR_HOSTS(riscv_trap_use)
#else
#define RISCV_DECODING(its_variant) .variant = 0
#endif

/* What the variants have in common. Index n of a register is x(n + 1). */
#define RISCV_ISA(its_variant) \
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
	RISCV_DECODING(its_variant)

/* clang-format on */

#endif
