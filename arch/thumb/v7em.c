/* SPDX-License-Identifier: MIT */
/*
 * Armv7E-M: Cortex-M4, M7. What it has more than Armv7-M: DSP, and FP of single and double
 * precision (VFPv4, FPv5).
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E: A5.3 (encodings), A6 (FP), A7.7.236
 * (VLDR). A core without FP, or with FP turned off, faults in the slot as it would have in place.
 */
#include "rows.h"

#if TL_DECODE

/* clang-format off */

#define BITS WIDE
const struct tl_wide thumb_wide_dsp[] = {
	/* 1110 1010 1100 nnnn  0... dddd ...0 mmmm  pkhbt, pkhtb */
		SLOT(0xfff08010, 0xeac00000, N | D | M),
	/* 1111 0011 .010 nnnn  0000 dddd 0000 ....  ssat16, usat16 */
		SLOT(0xff70f0f0, 0xf3200000, N | D),
	/* 1111 1010 00.. ....  1111 dddd 10.. mmmm  sxtah, uxtah, sxtb16, uxtb16, and add */
		SLOT(0xffc0f0c0, 0xfa00f080, D | M),
	/* 1111 1010 010. ....  1111 dddd 10.. mmmm  sxtab, uxtab */
		SLOT(0xffe0f0c0, 0xfa40f080, D | M),
	/* 1111 1010 1.11 ....  1111 .... 0... ....  undefined */
		REJECT(0xffb0f080, 0xfab0f000, 0, TL_EUNDEF),
	/* 1111 1010 1... ....  1111 .... 0.11 ....  undefined */
		REJECT(0xff80f0b0, 0xfa80f030, 0, TL_EUNDEF),
	/* 1111 1010 1... nnnn  1111 dddd 0... mmmm  parallel add, subtract */
		SLOT(0xff80f080, 0xfa80f000, N | D | M),
	/* 1111 1010 1000 nnnn  1111 dddd 10.. mmmm  qadd, qsub, and doubled */
		SLOT(0xfff0f0c0, 0xfa80f080, N | D | M),
	/* 1111 1010 1010 nnnn  1111 dddd 1000 mmmm  sel */
		SLOT(0xfff0f0f0, 0xfaa0f080, N | D | M),
	/* 1111 1011 0001 nnnn  .... dddd 00.. mmmm  smlaxy, smulxy */
		SLOT(0xfff000c0, 0xfb100000, N | D | M),
	/* 1111 1011 001. nnnn  .... dddd 000. mmmm  smlad, smuad, smlaw, smulw */
		SLOT(0xffe000e0, 0xfb200000, N | D | M),
	/* 1111 1011 010. nnnn  .... dddd 000. mmmm  smlsd, smusd, smmla, smmul */
		SLOT(0xffe000e0, 0xfb400000, N | D | M),
	/* 1111 1011 0110 nnnn  tttt dddd 000. mmmm  smmls */
		SLOT(0xfff000e0, 0xfb600000, N | T | D | M),
	/* 1111 1011 0111 nnnn  .... dddd 0000 mmmm  usad8, usada8 */
		SLOT(0xfff000f0, 0xfb700000, N | D | M),
	/* 1111 1011 1100 nnnn  tttt dddd 10.. mmmm  smlalxy */
		SLOT(0xfff000c0, 0xfbc00080, N | T | D | M),
	/* 1111 1011 110. nnnn  tttt dddd 110. mmmm  smlald, smlsld */
		SLOT(0xffe000e0, 0xfbc000c0, N | T | D | M),
	/* 1111 1011 1110 nnnn  tttt dddd 0110 mmmm  umaal */
		SLOT(0xfff000f0, 0xfbe00060, N | T | D | M),
	NEXT,
};

/* Coprocessors 10 and 11. */
const struct tl_wide thumb_wide_fp[] = {
	/* 111. 1110 .... ....  .... 101. ...0 ....  arithmetic */
		SLOT(0xef000e10, 0xee000a00, 0),
	/* 1110 1110 1111 0001  1111 1010 0001 0000  vmrs APSR_nzcv */
		SLOT(0xffffffff, 0xeef1fa10, 0),
	/* 1110 1110 .... ....  tttt 101. ...1 ....  vmov, vmrs, vmsr */
		SLOT(0xff000e10, 0xee000a10, T),
	/* 1110 1100 010. nnnn  tttt 101. 00.1 ....  vmov Rt, Rt2 */
		SLOT(0xffe00ed0, 0xec400a10, N | T),
	/* 1110 1100 0... ....  .... 101. .... ....  undefined */
		REJECT(0xff800e00, 0xec000a00, 0, TL_EUNDEF),
	/* 1110 1101 1.1. ....  .... 101. .... ....  undefined */
		REJECT(0xffa00e00, 0xeda00a00, 0, TL_EUNDEF),
	/* 1110 1101 ..01 1111  .... 101. .... ....  vldr [pc, #] */
		SLOT_AS(0xff3f0e00, 0xed1f0a00, 0, THUMB_VLDR),
	/* 1110 110. .... nnnn  .... 101. .... ....  vldr, vstr, vldm, vstm */
		SLOT(0xfe000e00, 0xec000a00, N),
	/* 1111 11.. .... ....  .... 101. .... ....  undefined */
		REJECT(0xfc000e00, 0xfc000a00, 0, TL_EUNDEF),
	NEXT,
};
#undef BITS

/* clang-format on */

/*
 * VLDR (literal) takes its literal along:
 *
 *   0  vldr  Sd or Dd, [pc, #8]
 *   4  ldr.w pc, [pc, #0]
 *   8  .word (addr + 4) | 1
 *  12  .word literal, or two
 */
int thumb_take_literal(uint32_t *bits, uint32_t addr, tl_read_fn *read, uint8_t *slot)
{
	unsigned at = 12, bytes = *bits & THUMB_VLDR_DOUBLE ? 8 : 4;
	uint32_t offset = (*bits & 0xff) << 2, pc = (addr + 4) & ~3u;
	int error = read(*bits >> 23 & 1 ? pc + offset : pc - offset, slot + at, bytes);

	*bits = (*bits & ~0xffu) | 1u << 23 | (at - 4) >> 2;
	return error;
}

static const struct thumb_variant variant = {
        .tables.narrow = {thumb_narrow},
        .tables.wide = {thumb_wide_fp, thumb_wide_dsp, thumb_wide_v7m},
        THUMB_LDR_PC,
        .take_literal = thumb_take_literal,
};

#endif

const struct tl_isa thumb_v7em = {
        .name = "armv7e-m",
        .elf_variant = 13,
        .text_before = THUMB_IT_BEFORE,
        .text_after = 4 * THUMB_EXCL_INSNS,
        .skip = thumb_skip,
        .jump = TL_FOR_DECODING(thumb_jump),
        THUMB_ISA(&variant),
};
