/* SPDX-License-Identifier: MIT */
/*
 * RV32: what means something else than on RV64: shifts, two of Zbb, C.JAL.
 *
 * Follows the RISC-V Instruction Set Manual, volume I, 20191213: 24 and 16.8 (listings); Bit
 * Manipulation 1.0.0: 2.
 */
#include "rows.h"

#if TL_DECODE

/* clang-format off */

#define BITS WIDE
const struct tl_wide riscv_wide_rv32[] = {
	/* 0000000 ..... ..... 001 ..... 0010011  slli */
		SLOT(0xfe00707f, 0x00001013, 0),
	/* 0.00000 ..... ..... 101 ..... 0010011  srli, srai */
		SLOT(0xbe00707f, 0x00005013, 0),
	/* 0110000 ..... ..... 101 ..... 0010011  rori */
		SLOT(0xfe00707f, 0x60005013, 0),
	/* 0110100 11000 ..... 101 ..... 0010011  rev8 */
		SLOT(0xfff0707f, 0x69805013, 0),
	/* 0000100 00000 ..... 100 ..... 0110011  zext.h */
		SLOT(0xfff0707f, 0x08004033, 0),
	/* 0.10100 ..... ..... 001 ..... 0010011  bseti, binvi */
		SLOT(0xbe00707f, 0x28001013, 0),
	/* 0100100 ..... ..... .01 ..... 0010011  bclri, bexti */
		SLOT(0xfe00307f, 0x48001013, 0),
	NEXT,
};
#undef BITS

#define BITS NARROW
const struct tl_narrow riscv_narrow_rv32[] = {
	/* 001 . ..... ..... 01  c.jal */
		SIMULATE(0xe003, 0x2001, 0, RISCV_C_JAL),
	/* 100 1 0.... ..... 01  c.srli, c.srai by 32 and more */
		REJECT(0xf803, 0x9001, 0, TL_EINSN),
	/* 000 1 ..... ..... 10  c.slli by 32 and more */
		REJECT(0xf003, 0x1002, 0, TL_EINSN),
	NEXT,
};
#undef BITS

/* clang-format on */

int riscv_simulate_rv32(const struct tl_insn *insn, struct tl_regs *regs, tl_read_fn *read,
                        struct tl_sim_fault *fault)
{
	(void)read, (void)fault;
	riscv_simulate(insn, regs, 32);
	return 0;
}

#endif
