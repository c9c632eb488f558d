/* SPDX-License-Identifier: MIT */
/*
 * Armv7-M: Cortex-M3. The 32-bit instructions of all variants but Armv6-M.
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E: A5.3 (encodings).
 */
#include "rows.h"

#if TL_DECODE

/* clang-format off */

/* Letters stand for fields that the row's check is about, or that several instructions use. */
#define BITS WIDE
const struct tl_wide thumb_wide_v7m[] = {
	/* Load and store multiple: A5.3.5. The bits of SP, and of PC in a store, are zero. */
	/* 1110 1000 10.0 nnnn  0.0. .... .... ....  stm */
		SLOT(0xffd0a000, 0xe8800000, N | LIST),
	/* 1110 1001 00.0 nnnn  0.0. .... .... ....  stmdb, push */
		SLOT(0xffd0a000, 0xe9000000, N | LIST),
	/* 1110 1000 10.1 nnnn  0.0. .... .... ....  ldm, pop */
		SLOT(0xffd0a000, 0xe8900000, N | LIST),
	/* 1110 1001 00.1 nnnn  0.0. .... .... ....  ldmdb */
		SLOT(0xffd0a000, 0xe9100000, N | LIST),
	/* 1110 1000 10.1 nnnn  100. .... .... ....  ldm {..., pc} */
		RETURNS(0xffd0e000, 0xe8908000, N | LIST, THUMB_LDM),
	/* 1110 1001 00.1 nnnn  100. .... .... ....  ldmdb {.., pc} */
		RETURNS(0xffd0e000, 0xe9108000, N | LIST, THUMB_LDM),

	/* Dual, exclusive, table branch: A5.3.6 */
	/* 1110 1000 0100 nnnn  tttt dddd .... ....  strex */
		REJECT(0xfff00000, 0xe8400000, N | T | D, TL_EEXCL),
	/* 1110 1000 0101 nnnn  tttt 1111 .... ....  ldrex */
		REJECT(0xfff00f00, 0xe8500f00, N | T | END, TL_EEXCL),
	/* 1110 1000 1100 nnnn  tttt 1111 010. mmmm  strexb, strexh */
		REJECT(0xfff00fe0, 0xe8c00f40, N | T | M, TL_EEXCL),
	/* 1110 1000 1101 nnnn  tttt 1111 010. 1111  ldrexb, ldrexh */
		REJECT(0xfff00fef, 0xe8d00f4f, N | T | END, TL_EEXCL),
	/* 1110 1000 1101 1111  1111 0000 000. mmmm  tbb, tbh [pc] */
		SIMULATE(0xffffffe0, 0xe8dff000, M | END, THUMB_TB),
	/* 1110 1000 1101 ....  1111 0000 000. mmmm  tbb, tbh [Rn] */
		SIM_LOADS(0xfff0ffe0, 0xe8d0f000, M | END, THUMB_TB),
	/* 1110 1001 .101 1111  tttt dddd .... ....  ldrd [pc, #] */
		SIMULATE(0xff7f0000, 0xe95f0000, T | D, THUMB_LDRDL),
	/* 1110 1000 .11. nnnn  tttt dddd .... ....  ldrd, strd */
		SLOT(0xff600000, 0xe8600000, N | T | D),
	/* 1110 1001 .1.. nnnn  tttt dddd .... ....  ldrd, strd */
		SLOT(0xff400000, 0xe9400000, N | T | D),

	/* Data processing (shifted register): A5.3.11 */
	/* 1110 1010 0001 nnnn  0... 1111 .... mmmm  tst */
		SLOT(0xfff08f00, 0xea100f00, N | M),
	/* 1110 1010 1001 nnnn  0... 1111 .... mmmm  teq */
		SLOT(0xfff08f00, 0xea900f00, N | M),
	/* 1110 1011 0001 nnnn  0... 1111 .... mmmm  cmn */
		SLOT(0xfff08f00, 0xeb100f00, N | M),
	/* 1110 1011 1011 nnnn  0... 1111 .... mmmm  cmp */
		SLOT(0xfff08f00, 0xebb00f00, N | M),
	/* 1110 1010 00.. nnnn  0... dddd .... mmmm  and, bic */
		SLOT(0xffc08000, 0xea000000, N | D | M),
	/* 1110 1010 01.. ....  0... dddd .... mmmm  orr, orn, mov, mvn, shifts */
		SLOT(0xffc08000, 0xea400000, D | M),
	/* 1110 1010 100. nnnn  0... dddd .... mmmm  eor */
		SLOT(0xffe08000, 0xea800000, N | D | M),
	/* 1110 1011 000. nnnn  0... dddd .... mmmm  add */
		SLOT(0xffe08000, 0xeb000000, N | D | M),
	/* 1110 1011 01.. nnnn  0... dddd .... mmmm  adc, sbc */
		SLOT(0xffc08000, 0xeb400000, N | D | M),
	/* 1110 1011 101. nnnn  0... dddd .... mmmm  sub */
		SLOT(0xffe08000, 0xeba00000, N | D | M),
	/* 1110 1011 110. nnnn  0... dddd .... mmmm  rsb */
		SLOT(0xffe08000, 0xebc00000, N | D | M),

	/* Coprocessors: A5.3.18. A core without the one that is meant faults in the slot, too. */
	/* 111. 1100 000. ....  .... .... .... ....  undefined */
		REJECT(0xefe00000, 0xec000000, 0, TL_EUNDEF),
	/* 111. 1100 010. nnnn  tttt .... .... ....  mcrr, mrrc */
		SLOT(0xefe00000, 0xec400000, N | T),
	/* 111. 110. ...1 1111  .... .... .... ....  ldc [pc, #] */
		REJECT(0xee1f0000, 0xec1f0000, 0, TL_EINSN),
	/* 111. 110. .... nnnn  .... .... .... ....  ldc, stc */
		SLOT(0xee000000, 0xec000000, N),
	/* 111. 1110 .... ....  .... .... .... ....  cdp, mcr, mrc */
		SLOT(0xef000000, 0xee000000, 0),
	/* 111. 1111 .... ....  .... .... .... ....  undefined */
		REJECT(0xef000000, 0xef000000, 0, TL_EUNDEF),

	/* Data processing (modified immediate): A5.3.1 */
	/* 1111 0.00 0001 nnnn  0... 1111 .... ....  tst */
		SLOT(0xfbf08f00, 0xf0100f00, N),
	/* 1111 0.00 1001 nnnn  0... 1111 .... ....  teq */
		SLOT(0xfbf08f00, 0xf0900f00, N),
	/* 1111 0.01 0001 nnnn  0... 1111 .... ....  cmn */
		SLOT(0xfbf08f00, 0xf1100f00, N),
	/* 1111 0.01 1011 nnnn  0... 1111 .... ....  cmp */
		SLOT(0xfbf08f00, 0xf1b00f00, N),
	/* 1111 0.00 00.. nnnn  0... dddd .... ....  and, bic */
		SLOT(0xfbc08000, 0xf0000000, N | D),
	/* 1111 0.00 01.. ....  0... dddd .... ....  orr, orn, mov, mvn */
		SLOT(0xfbc08000, 0xf0400000, D),
	/* 1111 0.00 100. nnnn  0... dddd .... ....  eor */
		SLOT(0xfbe08000, 0xf0800000, N | D),
	/* 1111 0.01 000. nnnn  0... dddd .... ....  add */
		SLOT(0xfbe08000, 0xf1000000, N | D),
	/* 1111 0.01 01.. nnnn  0... dddd .... ....  adc, sbc */
		SLOT(0xfbc08000, 0xf1400000, N | D),
	/* 1111 0.01 101. nnnn  0... dddd .... ....  sub */
		SLOT(0xfbe08000, 0xf1a00000, N | D),
	/* 1111 0.01 110. nnnn  0... dddd .... ....  rsb */
		SLOT(0xfbe08000, 0xf1c00000, N | D),

	/* Data processing (plain binary immediate): A5.3.3 */
	/* 1111 0.10 0000 1111  0... dddd .... ....  adr */
		SIMULATE(0xfbff8000, 0xf20f0000, D, THUMB_ADRW),
	/* 1111 0.10 1010 1111  0... dddd .... ....  adr, before */
		SIMULATE(0xfbff8000, 0xf2af0000, D, THUMB_ADRW),
	/* 1111 0.10 0000 ....  0... dddd .... ....  addw */
		SLOT(0xfbf08000, 0xf2000000, D),
	/* 1111 0.10 1010 ....  0... dddd .... ....  subw */
		SLOT(0xfbf08000, 0xf2a00000, D),
	/* 1111 0.10 .100 ....  0... dddd .... ....  movw, movt */
		SLOT(0xfb708000, 0xf2400000, D),
	/* 1111 0011 .010 ....  0000 .... 00.. ....  undefined */
		REJECT(0xff70f0c0, 0xf3200000, 0, TL_EUNDEF),
	/* 1111 0011 .0.0 nnnn  0... dddd ..0. ....  ssat, usat */
		SLOT(0xff508020, 0xf3000000, N | D),
	/* 1111 0011 .100 nnnn  0... dddd ..0. ....  sbfx, ubfx */
		SLOT(0xff708020, 0xf3400000, N | D),
	/* 1111 0011 0110 ....  0... dddd ..0. ....  bfi, bfc */
		SLOT(0xfff08020, 0xf3600000, D),

	/* Branches and miscellaneous control: A5.3.4 */
	/* 1111 0011 1000 nnnn  1000 ..00 0001 0011  msr FAULTMASK */
		SLOT_AS(0xfff0f3ff, 0xf3808013, N, THUMB_LAST),
	/* 1111 0011 1000 nnnn  1000 ..00 .... ....  msr */
		SLOT(0xfff0f300, 0xf3808000, N),
	/* 1111 0011 1110 1111  1000 dddd .... ....  mrs */
		SLOT(0xfffff000, 0xf3ef8000, D),
	/* 1111 0011 1010 1111  1000 0000 .... ....  nop.w, hints */
		SLOT(0xffffff00, 0xf3af8000, 0),
	/* 1111 0011 1011 1111  1000 1111 0010 1111  clrex */
		SLOT(0xffffffff, 0xf3bf8f2f, END),
	/* 1111 0011 1011 1111  1000 1111 010. ....  dsb, dmb */
		SLOT(0xffffffe0, 0xf3bf8f40, 0),
	/* 1111 0011 1011 1111  1000 1111 0110 ....  isb */
		SLOT(0xfffffff0, 0xf3bf8f60, 0),
	/* 1111 0.11 1... ....  10.0 .... .... ....  udf, undefined */
		REJECT(0xfb80d000, 0xf3808000, 0, TL_EUNDEF),
	/* 1111 0... .... ....  10.0 .... .... ....  b<c> */
		SIMULATE(0xf800d000, 0xf0008000, 0, THUMB_BCCW),
	/* 1111 0... .... ....  10.1 .... .... ....  b */
		SIMULATE(0xf800d000, 0xf0009000, END, THUMB_BW),
	/* 1111 0... .... ....  11.1 .... .... ....  bl */
		SIMULATE(0xf800d000, 0xf000d000, 0, THUMB_BL),

	/* Store single: A5.3.10 */
	/* 1111 1000 .11. ....  .... .... .... ....  undefined */
		REJECT(0xff600000, 0xf8600000, 0, TL_EUNDEF),
	/* 1111 1000 1..0 nnnn  tttt .... .... ....  str* [Rn, #] */
		SLOT(0xff900000, 0xf8800000, N | T),
	/* 1111 1000 0..0 nnnn  tttt 1..1 .... ....  str* [Rn, #]! */
		SLOT(0xff900900, 0xf8000900, N | T),
	/* 1111 1000 0..0 nnnn  tttt 11.0 .... ....  str* [Rn, #-], str*t */
		SLOT(0xff900d00, 0xf8000c00, N | T),
	/* 1111 1000 0..0 nnnn  tttt 0000 00.. mmmm  str* [Rn, Rm] */
		SLOT(0xff900fc0, 0xf8000000, N | T | M),

	/* Load word: A5.3.7 */
	/* 1111 1000 .101 1111  1111 .... .... ....  ldr pc, [pc] */
		SIMULATE(0xff7ff000, 0xf85ff000, END, THUMB_LDRWL),
	/* 1111 1000 .101 1111  .... .... .... ....  ldr [pc, #] */
		SIMULATE(0xff7f0000, 0xf85f0000, 0, THUMB_LDRWL),
	/* 1111 1000 1101 ....  1111 .... .... ....  ldr pc, [Rn, #] */
		RETURNS(0xfff0f000, 0xf8d0f000, 0, THUMB_LDRPC),
	/* 1111 1000 0101 ....  1111 1..1 .... ....  ldr pc, [Rn, #]! */
		RETURNS(0xfff0f900, 0xf850f900, 0, THUMB_LDRPC),
	/* 1111 1000 0101 ....  1111 1100 .... ....  ldr pc, [Rn, #-] */
		RETURNS(0xfff0ff00, 0xf850fc00, 0, THUMB_LDRPC),
	/* 1111 1000 0101 ....  1111 0000 00.. mmmm  ldr pc, [Rn, Rm] */
		RETURNS(0xfff0ffc0, 0xf850f000, M, THUMB_LDRPC),
	/* 1111 1000 1101 ....  .... .... .... ....  ldr [Rn, #] */
		SLOT(0xfff00000, 0xf8d00000, 0),
	/* 1111 1000 0101 ....  .... 1..1 .... ....  ldr [Rn, #]! */
		SLOT(0xfff00900, 0xf8500900, 0),
	/* 1111 1000 0101 ....  tttt 11.0 .... ....  ldr [Rn, #-], ldrt */
		SLOT(0xfff00d00, 0xf8500c00, T),
	/* 1111 1000 0101 ....  .... 0000 00.. mmmm  ldr [Rn, Rm] */
		SLOT(0xfff00fc0, 0xf8500000, M),

	/* Load byte, load halfword, memory hints (without a target: t = 15): A5.3.8, A5.3.9. */
	/* 1111 100. .0.1 1111  1111 .... .... ....  pld, pli [pc, #] */
		SIMULATE(0xfe5ff000, 0xf81ff000, 0, THUMB_PLD),
	/* 1111 100. .0.1 1111  .... .... .... ....  ldr* [pc, #] */
		SIMULATE(0xfe5f0000, 0xf81f0000, 0, THUMB_LDRWL),
	/* 1111 100. 10.1 ....  .... .... .... ....  ldr* [Rn, #] */
		SLOT(0xfed00000, 0xf8900000, 0),
	/* 1111 100. 00.1 ....  tttt 1..1 .... ....  ldr* [Rn, #]! */
		SLOT(0xfed00900, 0xf8100900, T),
	/* 1111 100. 00.1 ....  .... 1100 .... ....  ldr* [Rn, #-] */
		SLOT(0xfed00f00, 0xf8100c00, 0),
	/* 1111 100. 00.1 ....  tttt 1110 .... ....  ldr*t [Rn, #] */
		SLOT(0xfed00f00, 0xf8100e00, T),
	/* 1111 100. 00.1 ....  .... 0000 00.. mmmm  ldr* [Rn, Rm] */
		SLOT(0xfed00fc0, 0xf8100000, M),

	/* Data processing (register): A5.3.12 to A5.3.15 */
	/* 1111 1010 0... nnnn  1111 dddd 0000 mmmm  lsl, lsr, asr, ror */
		SLOT(0xff80f0f0, 0xfa00f000, N | D | M),
	/* 1111 1010 000. 1111  1111 dddd 10.. mmmm  sxth, uxth */
		SLOT(0xffeff0c0, 0xfa0ff080, D | M),
	/* 1111 1010 010. 1111  1111 dddd 10.. mmmm  sxtb, uxtb */
		SLOT(0xffeff0c0, 0xfa4ff080, D | M),
	/* 1111 1010 1001 nnnn  1111 dddd 10.. mmmm  rev, rev16, rbit, revsh */
		SLOT(0xfff0f0c0, 0xfa90f080, N | D | M),
	/* 1111 1010 1011 nnnn  1111 dddd 1000 mmmm  clz */
		SLOT(0xfff0f0f0, 0xfab0f080, N | D | M),

	/* Multiply, divide: A5.3.16, A5.3.17 */
	/* 1111 1011 0000 nnnn  .... dddd 0000 mmmm  mla, mul */
		SLOT(0xfff000f0, 0xfb000000, N | D | M),
	/* 1111 1011 0000 nnnn  tttt dddd 0001 mmmm  mls */
		SLOT(0xfff000f0, 0xfb000010, N | T | D | M),
	/* 1111 1011 1..0 nnnn  tttt dddd 0000 mmmm  smull, umull, smlal, umlal */
		SLOT(0xff9000f0, 0xfb800000, N | T | D | M),
	/* 1111 1011 10.1 nnnn  1111 dddd 1111 mmmm  sdiv, udiv */
		SLOT(0xffd0f0f0, 0xfb90f0f0, N | D | M),
	UNDEFINED,
};
#undef BITS

/* clang-format on */

static const struct thumb_variant variant = {
        .tables.narrow = {thumb_narrow},
        .tables.wide = {thumb_wide_v7m},
        THUMB_LDR_PC,
};

#endif

const struct tl_isa thumb_v7m = {
        .name = "armv7-m",
        .elf_variant = 10,
        .text_before = THUMB_IT_BEFORE,
        .text_after = 4 * THUMB_EXCL_INSNS,
        .skip = thumb_skip,
        .jump = TL_FOR_DECODING(thumb_jump),
        THUMB_ISA(&variant),
};
