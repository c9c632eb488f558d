/* SPDX-License-Identifier: MIT */
/*
 * RV64: what RV32 has not, and what means something else there.
 *
 * Follows the RISC-V Instruction Set Manual, volume I, 20191213: 24 and 16.8 (listings); Bit
 * Manipulation 1.0.0: 2.
 */
#include "rows.h"

#if TL_DECODE

/* clang-format off */

#define BITS WIDE
const struct tl_wide riscv_wide_rv64[] = {
	/* ....... ..... ..... 011 ..... 0000011  ld */
		SLOT(0x0000707f, 0x00003003, 0),
	/* ....... ..... ..... 110 ..... 0000011  lwu */
		SLOT(0x0000707f, 0x00006003, 0),
	/* ....... ..... ..... 011 ..... 0100011  sd */
		SLOT(0x0000707f, 0x00003023, 0),
	/* 000000. ..... ..... 001 ..... 0010011  slli */
		SLOT(0xfc00707f, 0x00001013, 0),
	/* 0.0000. ..... ..... 101 ..... 0010011  srli, srai */
		SLOT(0xbc00707f, 0x00005013, 0),
	/* ....... ..... ..... 000 ..... 0011011  addiw */
		SLOT(0x0000707f, 0x0000001b, 0),
	/* 0000000 ..... ..... 001 ..... 0011011  slliw */
		SLOT(0xfe00707f, 0x0000101b, 0),
	/* 0.00000 ..... ..... 101 ..... 0011011  srliw, sraiw */
		SLOT(0xbe00707f, 0x0000501b, 0),
	/* 0.00000 ..... ..... 000 ..... 0111011  addw, subw */
		SLOT(0xbe00707f, 0x0000003b, 0),
	/* 0000000 ..... ..... 001 ..... 0111011  sllw */
		SLOT(0xfe00707f, 0x0000103b, 0),
	/* 0.00000 ..... ..... 101 ..... 0111011  srlw, sraw */
		SLOT(0xbe00707f, 0x0000503b, 0),
	/* 0000001 ..... ..... 000 ..... 0111011  mulw */
		SLOT(0xfe00707f, 0x0200003b, 0),
	/* 0000001 ..... ..... 1.. ..... 0111011  divw, remw, unsigned */
		SLOT(0xfe00407f, 0x0200403b, 0),

	/* 00010.. 00000 ..... 011 ..... 0101111  lr.d */
		REJECT(0xf9f0707f, 0x1000302f, END, TL_EEXCL),
	/* 00011.. ..... ..... 011 ..... 0101111  sc.d */
		REJECT(0xf800707f, 0x1800302f, 0, TL_EEXCL),
	/* 00001.. ..... ..... 011 ..... 0101111  amoswap.d */
		SLOT(0xf800707f, 0x0800302f, 0),
	/* ...00.. ..... ..... 011 ..... 0101111  amoadd.d and so on */
		SLOT(0x1800707f, 0x0000302f, 0),

	/* 110000. 0001. ..... rrr ..... 1010011  fcvt.l, fcvt.lu */
		SLOT(0xfde0007f, 0xc0200053, RM),
	/* 110100. 0001. ..... rrr ..... 1010011  fcvt from l, lu */
		SLOT(0xfde0007f, 0xd0200053, RM),
	/* 1110001 00000 ..... 000 ..... 1010011  fmv.x.d */
		SLOT(0xfff0707f, 0xe2000053, 0),
	/* 1111001 00000 ..... 000 ..... 1010011  fmv.d.x */
		SLOT(0xfff0707f, 0xf2000053, 0),

	/* 0000100 ..... ..... 000 ..... 0111011  add.uw */
		SLOT(0xfe00707f, 0x0800003b, 0),
	/* 000010. ..... ..... 001 ..... 0011011  slli.uw */
		SLOT(0xfc00707f, 0x0800101b, 0),
	/* 0010000 ..... ..... 010 ..... 0111011  sh1add.uw */
		SLOT(0xfe00707f, 0x2000203b, 0),
	/* 0010000 ..... ..... 1.0 ..... 0111011  sh2add.uw, sh3add.uw */
		SLOT(0xfe00507f, 0x2000403b, 0),
	/* 0110000 0000. ..... 001 ..... 0011011  clzw, ctzw */
		SLOT(0xffe0707f, 0x6000101b, 0),
	/* 0110000 00010 ..... 001 ..... 0011011  cpopw */
		SLOT(0xfff0707f, 0x6020101b, 0),
	/* 0110000 ..... ..... .01 ..... 0111011  rolw, rorw */
		SLOT(0xfe00307f, 0x6000103b, 0),
	/* 0110000 ..... ..... 101 ..... 0011011  roriw */
		SLOT(0xfe00707f, 0x6000501b, 0),
	/* 011000. ..... ..... 101 ..... 0010011  rori */
		SLOT(0xfc00707f, 0x60005013, 0),
	/* 0110101 11000 ..... 101 ..... 0010011  rev8 */
		SLOT(0xfff0707f, 0x6b805013, 0),
	/* 0000100 00000 ..... 100 ..... 0111011  zext.h */
		SLOT(0xfff0707f, 0x0800403b, 0),
	/* 0.1010. ..... ..... 001 ..... 0010011  bseti, binvi */
		SLOT(0xbc00707f, 0x28001013, 0),
	/* 010010. ..... ..... .01 ..... 0010011  bclri, bexti */
		SLOT(0xfc00307f, 0x48001013, 0),
	NEXT,
};
#undef BITS

#define BITS NARROW
const struct tl_narrow riscv_narrow_rv64[] = {
	/* 001 . 00000 ..... 01  c.addiw x0 */
		REJECT(0xef83, 0x2001, 0, TL_EUNDEF),
	/* 001 . ..... ..... 01  c.addiw */
		SLOT(0xe003, 0x2001, 0),
	/* 100 1 11... 0.... 01  c.subw, c.addw */
		SLOT(0xfc43, 0x9c01, 0),
	/* 011 . 00000 ..... 10  c.ldsp x0 */
		REJECT(0xef83, 0x6002, 0, TL_EUNDEF),
	NEXT,
};
#undef BITS

/* clang-format on */

int riscv_simulate_rv64(const struct tl_insn *insn, struct tl_regs *regs, tl_read_fn *read,
                        struct tl_sim_fault *fault)
{
	(void)read, (void)fault;
	riscv_simulate(insn, regs, 64);
	return 0;
}

#endif
