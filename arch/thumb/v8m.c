/* SPDX-License-Identifier: MIT */
/*
 * Armv8-M with the Main Extension: Cortex-M33, M35P. What it has more than Armv7E-M: acquire and
 * release, TrustZone.
 *
 * Follows the Armv8-M Architecture Reference Manual, DDI 0553: C2.2 (encodings), B3.18
 * (exclusives), C2.4 (instructions).
 */
#include "rows.h"

#if TL_DECODE

/* clang-format off */

#define BITS NARROW
const struct tl_narrow thumb_narrow_v8m[] = {
	/* 0100 0111 .111 1100  bxns, blxns pc */
		REJECT(0xff7f, 0x477c, 0, TL_EUNDEF),
	/* 0100 0111 0... .100  bxns Rm */
		LEAVES(0xff87, 0x4704, 0, THUMB_LAST),
	/* 0100 0111 1... .100  blxns Rm */
		REJECT(0xff87, 0x4784, 0, TL_EINSN),
	NEXT,
};
#undef BITS

#define BITS WIDE
const struct tl_wide thumb_wide_v8m[] = {
	/* 1110 1001 0111 1111  1110 1001 0111 1111  sg */
		REJECT(0xffffffff, 0xe97fe97f, 0, TL_EINSN),
	/* 1110 1000 0100 nnnn  1111 dddd ..00 0000  tt, ttt, tta, ttat */
		SLOT(0xfff0f03f, 0xe840f000, N | D),
	/* 1110 1000 1101 nnnn  tttt 1111 100. 1111  ldab, ldah */
		SLOT(0xfff00fef, 0xe8d00f8f, N | T),
	/* 1110 1000 1101 nnnn  tttt 1111 1010 1111  lda */
		SLOT(0xfff00fff, 0xe8d00faf, N | T),
	/* 1110 1000 1101 nnnn  tttt 1111 110. 1111  ldaexb, ldaexh */
		REJECT(0xfff00fef, 0xe8d00fcf, N | T | END, TL_EEXCL),
	/* 1110 1000 1101 nnnn  tttt 1111 1110 1111  ldaex */
		REJECT(0xfff00fff, 0xe8d00fef, N | T | END, TL_EEXCL),
	/* 1110 1000 1100 nnnn  tttt 1111 100. 1111  stlb, stlh */
		SLOT(0xfff00fef, 0xe8c00f8f, N | T),
	/* 1110 1000 1100 nnnn  tttt 1111 1010 1111  stl */
		SLOT(0xfff00fff, 0xe8c00faf, N | T),
	/* 1110 1000 1100 nnnn  tttt 1111 110. mmmm  stlexb, stlexh */
		REJECT(0xfff00fe0, 0xe8c00fc0, N | T | M, TL_EEXCL),
	/* 1110 1000 1100 nnnn  tttt 1111 1110 mmmm  stlex */
		REJECT(0xfff00ff0, 0xe8c00fe0, N | T | M, TL_EEXCL),
	/* 1110 1100 001. nnnn  0000 1010 0000 0000  vlstm, vlldm */
		SLOT(0xffe0ffff, 0xec200a00, N),
	NEXT,
};
#undef BITS

/* clang-format on */

static const struct thumb_variant variant = {
        .tables.narrow = {thumb_narrow_v8m, thumb_narrow},
        .tables.wide = {thumb_wide_v8m, thumb_wide_fp, thumb_wide_dsp, thumb_wide_v7m},
        THUMB_LDR_PC,
        .take_literal = thumb_take_literal,
};

#endif

const struct tl_isa thumb_v8m = {
        .name = "armv8-m.main",
        .elf_variant = 16, /* the Baseline, a subset */
        .text_before = THUMB_IT_BEFORE,
        .text_after = 4 * THUMB_EXCL_INSNS,
        .skip = thumb_skip,
        .jump = TL_FOR_DECODING(thumb_jump),
        THUMB_ISA(&variant),
};
