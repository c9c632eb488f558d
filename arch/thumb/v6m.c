/* SPDX-License-Identifier: MIT */
/*
 * Armv6-M: Cortex-M0, M0+, M1. The 16-bit instructions of all variants but three, and six of 32
 * bits.
 *
 * Follows the Armv6-M Architecture Reference Manual, DDI 0419E: A5.2 and A5.3 (encodings). No IT,
 * no exclusives: decode() looks at the instruction alone.
 */
#include "rows.h"

#if TL_DECODE

/* clang-format off */

#define BITS NARROW
const struct tl_narrow thumb_narrow_v6m[] = {
	/* 1011 .0.1 .... ....  cbz, cbnz */
		REJECT(0xf500, 0xb100, 0, TL_EUNDEF),
	/* 1011 0110 011. ...1  cps f */
		REJECT(0xffe1, 0xb661, 0, TL_EUNDEF),
	/* 1011 1111 .... 0000  nop, yield, wfe, wfi, sev, hints */
		SLOT(0xff0f, 0xbf00, 0),
	/* 1011 1111 .... ....  it */
		REJECT(0xff00, 0xbf00, 0, TL_EUNDEF),
	/* 1101 1111 .... ....  svc */
		REJECT(0xff00, 0xdf00, 0, TL_EINSN),
	NEXT,
};
#undef BITS

/* A special register that the core lacks reads as zero and ignores writes: in the slot, too. */
#define BITS WIDE
const struct tl_wide thumb_wide_v6m[] = {
	/* 1111 0... .... ....  11.1 .... .... ....  bl */
		SIMULATE(0xf800d000, 0xf000d000, 0, THUMB_BL),
	/* 1111 0011 1000 nnnn  1000 1000 .... ....  msr */
		SLOT(0xfff0ff00, 0xf3808800, N),
	/* 1111 0011 1110 1111  1000 dddd .... ....  mrs */
		SLOT(0xfffff000, 0xf3ef8000, D),
	/* 1111 0011 1011 1111  1000 1111 010. ....  dsb, dmb */
		SLOT(0xffffffe0, 0xf3bf8f40, 0),
	/* 1111 0011 1011 1111  1000 1111 0110 ....  isb */
		SLOT(0xfffffff0, 0xf3bf8f60, 0),
	UNDEFINED,
};
#undef BITS

/* clang-format on */

static const struct thumb_variant variant = {
        .tables.narrow = {thumb_narrow_v6m, thumb_narrow},
        .tables.wide = {thumb_wide_v6m},
        .jump = {{0xb403, 0x4801, 0x9001, 0xbd01}, {0xb403, 0x4801, 0x9001, 0xbd01}},
        .back = 12,
        .rewrite = thumb_rewrite_v6m,
};

#endif

const struct tl_isa thumb_v6m = {
        .name = "armv6-m",
        .elf_variant = 11,
        .text_before = 0,
        .text_after = THUMB_RETURN_BYTES,
        THUMB_ISA(&variant),
};
