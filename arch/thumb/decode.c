/* SPDX-License-Identifier: MIT */
/*
 * Thumb instructions to verdicts: two tables of {mask, match}, the first row that matches decides.
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E: A5 (encodings), A7 (instructions), A3.4 (exclusives).
 *
 * Whatever reads or writes the PC is simulated, or leaves from a slot if it only writes it; all else runs in a slot, so that
 * nothing here needs to know what it does. DSP and FP rows are there for every core: one that lacks them faults in the slot as
 * it would have in place.
 */
#include <stddef.h>

#include "error.h"
#include "isa.h"
#include "thumb.h"

struct what {
	uint8_t check; /* enum check, or'ed */
	uint8_t op;    /* enum thumb_op; or REJECTED and the error */
};

/* Fields that may not be 15, and more. A row that matches but fails its check is undefined or unpredictable. */
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

enum { REJECTED = 0x80 };

struct narrow_row {
	uint16_t mask, match;
	struct what what;
};

struct wide_row {
	uint16_t mask[2], match[2];
	struct what what;
};

/* clang-format off */

/* A match with a bit outside its mask could never match: it does not compile. */
#define OUTSIDE(mask, match)              sizeof(struct { _Static_assert(!((match) & ~(mask)), "match outside mask"); int _; })
#define ROW(mask, match, check, op)       {BITS(mask), BITS(match), {(check) + 0 * OUTSIDE(mask, match), (op)}}

#define SLOT(mask, match, check)          ROW(mask, match, check, THUMB_SLOT)
#define LEAVES(mask, match, check, op)    ROW(mask, match, (check) | END | LEAVE, op)
#define RETURNS(mask, match, check, op)   ROW(mask, match, (check) | END | LEAVE | LOAD, op)
#define SIMULATE(mask, match, check, op)  ROW(mask, match, check, op)
#define SIM_LOADS(mask, match, check, op) ROW(mask, match, (check) | LOAD, op)
#define REJECT(mask, match, check, error) ROW(mask, match, check, REJECTED | (error))

/* A5.2 */
#define BITS(bits) (bits)
static const struct narrow_row narrow[] = {
	/* 00.. .... .... ....  shift, add, subtract, move, compare */ SLOT(0xc000, 0x0000, 0),
	/* 0100 00.. .... ....  data processing                     */ SLOT(0xfc00, 0x4000, 0),
	/* 0100 0100 1111 1111  add pc, pc                          */ REJECT(0xffff, 0x44ff, 0, TL_EUNDEF),
	/* 0100 0100 1... .111  add pc, Rm                          */ SIMULATE(0xff87, 0x4487, END, THUMB_ADDHI),
	/* 0100 0100 .111 1...  add Rd, pc                          */ SIMULATE(0xff78, 0x4478, 0, THUMB_ADDHI),
	/* 0100 0100 .... ....  add Rd, Rm                          */ SLOT(0xff00, 0x4400, 0),
	/* 0100 0101 1... .111  cmp pc, Rm                          */ REJECT(0xff87, 0x4587, 0, TL_EUNDEF),
	/* 0100 0101 .111 1...  cmp Rn, pc                          */ REJECT(0xff78, 0x4578, 0, TL_EUNDEF),
	/* 0100 0101 .... ....  cmp Rn, Rm                          */ SLOT(0xff00, 0x4500, 0),
	/* 0100 0110 1111 1111  mov pc, pc                          */ SIMULATE(0xffff, 0x46ff, END, THUMB_MOVHI),
	/* 0100 0110 .111 1...  mov Rd, pc                          */ SIMULATE(0xff78, 0x4678, 0, THUMB_MOVHI),
	/* 0100 0110 1... .111  mov pc, Rm                          */ LEAVES(0xff87, 0x4687, 0, THUMB_MOVHI),
	/* 0100 0110 .... ....  mov Rd, Rm                          */ SLOT(0xff00, 0x4600, 0),
	/* 0100 0111 0111 1000  bx pc                               */ SIMULATE(0xffff, 0x4778, END, THUMB_BX),
	/* 0100 0111 0... .000  bx Rm                               */ LEAVES(0xff87, 0x4700, 0, THUMB_BX),
	/* 0100 0111 1111 1000  blx pc                              */ REJECT(0xffff, 0x47f8, 0, TL_EUNDEF),
	/* 0100 0111 1... .000  blx Rm                              */ SIMULATE(0xff87, 0x4780, 0, THUMB_BLX),
	/* 0100 1... .... ....  ldr Rt, [pc, #]                     */ SIMULATE(0xf800, 0x4800, 0, THUMB_LDRLIT),
	/* 0101 .... .... ....  load, store (register)              */ SLOT(0xf000, 0x5000, 0),
	/* 011. .... .... ....  ldr, str, ldrb, strb (immediate)    */ SLOT(0xe000, 0x6000, 0),
	/* 100. .... .... ....  ldrh, strh, and by sp               */ SLOT(0xe000, 0x8000, 0),
	/* 1010 0... .... ....  adr Rd                              */ SIMULATE(0xf800, 0xa000, 0, THUMB_ADR),
	/* 1010 1... .... ....  add Rd, sp, #                       */ SLOT(0xf800, 0xa800, 0),
	/* 1011 0000 .... ....  add, sub sp, #                      */ SLOT(0xff00, 0xb000, 0),
	/* 1011 .0.1 .... ....  cbz, cbnz                           */ SIMULATE(0xf500, 0xb100, 0, THUMB_CBZ),
	/* 1011 0010 .... ....  sxth, sxtb, uxth, uxtb              */ SLOT(0xff00, 0xb200, 0),
	/* 1011 0100 0000 0000  push {}                             */ REJECT(0xffff, 0xb400, 0, TL_EUNDEF),
	/* 1011 010. .... ....  push                                */ SLOT(0xfe00, 0xb400, 0),
	/* 1011 0110 0111 00.1  cpsid f, cpsid if                   */ REJECT(0xfffd, 0xb671, 0, TL_EMASK),
	/* 1011 0110 011. 00..  cps                                 */ SLOT(0xffec, 0xb660, 0),
	/* 1011 1010 0... ....  rev, rev16                          */ SLOT(0xff80, 0xba00, 0),
	/* 1011 1010 11.. ....  revsh                               */ SLOT(0xffc0, 0xbac0, 0),
	/* 1011 1100 0000 0000  pop {}                              */ REJECT(0xffff, 0xbc00, 0, TL_EUNDEF),
	/* 1011 1100 .... ....  pop                                 */ SLOT(0xff00, 0xbc00, 0),
	/* 1011 1101 .... ....  pop {..., pc}                       */ RETURNS(0xff00, 0xbd00, 0, THUMB_POP),
	/* 1011 1110 .... ....  bkpt                                */ REJECT(0xff00, 0xbe00, 0, TL_EBRK),
	/* 1011 1111 .... 0000  nop, yield, wfe, wfi, sev, hints    */ SLOT(0xff0f, 0xbf00, 0),
	/* 1011 1111 1111 ....  it nv                               */ REJECT(0xfff0, 0xbff0, 0, TL_EUNDEF),
	/* 1011 1111 .... ....  it                                  */ SIMULATE(0xff00, 0xbf00, 0, THUMB_IT),
	/* 1100 .... 0000 0000  ldm, stm {}                         */ REJECT(0xf0ff, 0xc000, 0, TL_EUNDEF),
	/* 1100 .... .... ....  ldm, stm                            */ SLOT(0xf000, 0xc000, 0),
	/* 1101 1110 .... ....  udf                                 */ REJECT(0xff00, 0xde00, 0, TL_EUNDEF),
	/* 1101 1111 .... ....  svc                                 */ SLOT(0xff00, 0xdf00, 0),
	/* 1101 .... .... ....  b<c>                                */ SIMULATE(0xf000, 0xd000, 0, THUMB_BCC),
	/* 1110 0... .... ....  b                                   */ SIMULATE(0xf800, 0xe000, END, THUMB_B),
	/* .... .... .... ....  undefined                           */ REJECT(0, 0, 0, TL_EUNDEF),
};
#undef BITS

/* A5.3. Letters stand for fields that the row's check is about, or that more than one instruction uses. */
#define BITS(bits) {(bits) >> 16, (bits) & 0xffff}
static const struct wide_row wide[] = {
	/* Load and store multiple: A5.3.5. The bits of SP, and of PC in a store, are zero. */
	/* 1110 1000 10.0 nnnn  0.0. .... .... ....  stm            */ SLOT(0xffd0a000, 0xe8800000, N | LIST),
	/* 1110 1001 00.0 nnnn  0.0. .... .... ....  stmdb, push    */ SLOT(0xffd0a000, 0xe9000000, N | LIST),
	/* 1110 1000 10.1 nnnn  0.0. .... .... ....  ldm, pop       */ SLOT(0xffd0a000, 0xe8900000, N | LIST),
	/* 1110 1001 00.1 nnnn  0.0. .... .... ....  ldmdb          */ SLOT(0xffd0a000, 0xe9100000, N | LIST),
	/* 1110 1000 10.1 nnnn  100. .... .... ....  ldm {..., pc}  */ RETURNS(0xffd0e000, 0xe8908000, N | LIST, THUMB_LDM),
	/* 1110 1001 00.1 nnnn  100. .... .... ....  ldmdb {.., pc} */ RETURNS(0xffd0e000, 0xe9108000, N | LIST, THUMB_LDM),

	/* Dual, exclusive, table branch: A5.3.6 */
	/* 1110 1000 0100 nnnn  tttt dddd .... ....  strex          */ REJECT(0xfff00000, 0xe8400000, N | T | D, TL_EEXCL),
	/* 1110 1000 0101 nnnn  tttt 1111 .... ....  ldrex          */ REJECT(0xfff00f00, 0xe8500f00, N | T | END, TL_EEXCL),
	/* 1110 1000 1100 nnnn  tttt 1111 010. mmmm  strexb, strexh */ REJECT(0xfff00fe0, 0xe8c00f40, N | T | M, TL_EEXCL),
	/* 1110 1000 1101 nnnn  tttt 1111 010. 1111  ldrexb, ldrexh */ REJECT(0xfff00fef, 0xe8d00f4f, N | T | END, TL_EEXCL),
	/* 1110 1000 1101 1111  1111 0000 000. mmmm  tbb, tbh [pc]  */ SIMULATE(0xffffffe0, 0xe8dff000, M | END, THUMB_TB),
	/* 1110 1000 1101 ....  1111 0000 000. mmmm  tbb, tbh [Rn]  */ SIM_LOADS(0xfff0ffe0, 0xe8d0f000, M | END, THUMB_TB),
	/* 1110 1001 .101 1111  tttt dddd .... ....  ldrd [pc, #]   */ SIMULATE(0xff7f0000, 0xe95f0000, T | D, THUMB_LDRDL),
	/* 1110 1000 .11. nnnn  tttt dddd .... ....  ldrd, strd     */ SLOT(0xff600000, 0xe8600000, N | T | D),
	/* 1110 1001 .1.. nnnn  tttt dddd .... ....  ldrd, strd     */ SLOT(0xff400000, 0xe9400000, N | T | D),

	/* Data processing (shifted register): A5.3.11 */
	/* 1110 1010 0001 nnnn  0... 1111 .... mmmm  tst            */ SLOT(0xfff08f00, 0xea100f00, N | M),
	/* 1110 1010 1001 nnnn  0... 1111 .... mmmm  teq            */ SLOT(0xfff08f00, 0xea900f00, N | M),
	/* 1110 1011 0001 nnnn  0... 1111 .... mmmm  cmn            */ SLOT(0xfff08f00, 0xeb100f00, N | M),
	/* 1110 1011 1011 nnnn  0... 1111 .... mmmm  cmp            */ SLOT(0xfff08f00, 0xebb00f00, N | M),
	/* 1110 1010 00.. nnnn  0... dddd .... mmmm  and, bic       */ SLOT(0xffc08000, 0xea000000, N | D | M),
	/* 1110 1010 01.. ....  0... dddd .... mmmm  orr, orn, mov, mvn, shifts */ SLOT(0xffc08000, 0xea400000, D | M),
	/* 1110 1010 100. nnnn  0... dddd .... mmmm  eor            */ SLOT(0xffe08000, 0xea800000, N | D | M),
	/* 1110 1010 1100 nnnn  0... dddd ...0 mmmm  pkhbt, pkhtb   */ SLOT(0xfff08010, 0xeac00000, N | D | M),
	/* 1110 1011 000. nnnn  0... dddd .... mmmm  add            */ SLOT(0xffe08000, 0xeb000000, N | D | M),
	/* 1110 1011 01.. nnnn  0... dddd .... mmmm  adc, sbc       */ SLOT(0xffc08000, 0xeb400000, N | D | M),
	/* 1110 1011 101. nnnn  0... dddd .... mmmm  sub            */ SLOT(0xffe08000, 0xeba00000, N | D | M),
	/* 1110 1011 110. nnnn  0... dddd .... mmmm  rsb            */ SLOT(0xffe08000, 0xebc00000, N | D | M),

	/* FP: A6. The rest of the coprocessors' space is not decided yet. */
	/* 111. 1110 .... ....  .... 101. ...0 ....  arithmetic     */ SLOT(0xef000e10, 0xee000a00, 0),
	/* 1110 1110 1111 0001  1111 1010 0001 0000  vmrs APSR_nzcv */ SLOT(0xffffffff, 0xeef1fa10, 0),
	/* 1110 1110 .... ....  tttt 101. ...1 ....  vmov, vmrs, vmsr */ SLOT(0xff000e10, 0xee000a10, T),
	/* 1110 1100 010. nnnn  tttt 101. 00.1 ....  vmov Rt, Rt2   */ SLOT(0xffe00ed0, 0xec400a10, N | T),
	/* 1110 1100 0... ....  .... 101. .... ....  undefined      */ REJECT(0xff800e00, 0xec000a00, 0, TL_EUNDEF),
	/* 1110 1101 1.1. ....  .... 101. .... ....  undefined      */ REJECT(0xffa00e00, 0xeda00a00, 0, TL_EUNDEF),
	/* 1110 1101 ..01 1111  .... 101. .... ....  vldr [pc, #]   */ REJECT(0xff3f0e00, 0xed1f0a00, 0, TL_EINSN),
	/* 1110 110. .... nnnn  .... 101. .... ....  vldr, vstr, vldm, vstm */ SLOT(0xfe000e00, 0xec000a00, N),
	/* 111. 11.. .... ....  .... .... .... ....  coprocessors   */ REJECT(0xec000000, 0xec000000, 0, TL_EINSN),

	/* Data processing (modified immediate): A5.3.1 */
	/* 1111 0.00 0001 nnnn  0... 1111 .... ....  tst            */ SLOT(0xfbf08f00, 0xf0100f00, N),
	/* 1111 0.00 1001 nnnn  0... 1111 .... ....  teq            */ SLOT(0xfbf08f00, 0xf0900f00, N),
	/* 1111 0.01 0001 nnnn  0... 1111 .... ....  cmn            */ SLOT(0xfbf08f00, 0xf1100f00, N),
	/* 1111 0.01 1011 nnnn  0... 1111 .... ....  cmp            */ SLOT(0xfbf08f00, 0xf1b00f00, N),
	/* 1111 0.00 00.. nnnn  0... dddd .... ....  and, bic       */ SLOT(0xfbc08000, 0xf0000000, N | D),
	/* 1111 0.00 01.. ....  0... dddd .... ....  orr, orn, mov, mvn */ SLOT(0xfbc08000, 0xf0400000, D),
	/* 1111 0.00 100. nnnn  0... dddd .... ....  eor            */ SLOT(0xfbe08000, 0xf0800000, N | D),
	/* 1111 0.01 000. nnnn  0... dddd .... ....  add            */ SLOT(0xfbe08000, 0xf1000000, N | D),
	/* 1111 0.01 01.. nnnn  0... dddd .... ....  adc, sbc       */ SLOT(0xfbc08000, 0xf1400000, N | D),
	/* 1111 0.01 101. nnnn  0... dddd .... ....  sub            */ SLOT(0xfbe08000, 0xf1a00000, N | D),
	/* 1111 0.01 110. nnnn  0... dddd .... ....  rsb            */ SLOT(0xfbe08000, 0xf1c00000, N | D),

	/* Data processing (plain binary immediate): A5.3.3 */
	/* 1111 0.10 0000 1111  0... dddd .... ....  adr            */ SIMULATE(0xfbff8000, 0xf20f0000, D, THUMB_ADRW),
	/* 1111 0.10 1010 1111  0... dddd .... ....  adr, before    */ SIMULATE(0xfbff8000, 0xf2af0000, D, THUMB_ADRW),
	/* 1111 0.10 0000 ....  0... dddd .... ....  addw           */ SLOT(0xfbf08000, 0xf2000000, D),
	/* 1111 0.10 1010 ....  0... dddd .... ....  subw           */ SLOT(0xfbf08000, 0xf2a00000, D),
	/* 1111 0.10 .100 ....  0... dddd .... ....  movw, movt     */ SLOT(0xfb708000, 0xf2400000, D),
	/* 1111 0011 .010 nnnn  0000 dddd 0000 ....  ssat16, usat16 */ SLOT(0xff70f0f0, 0xf3200000, N | D),
	/* 1111 0011 .010 ....  0000 .... 00.. ....  undefined      */ REJECT(0xff70f0c0, 0xf3200000, 0, TL_EUNDEF),
	/* 1111 0011 .0.0 nnnn  0... dddd ..0. ....  ssat, usat     */ SLOT(0xff508020, 0xf3000000, N | D),
	/* 1111 0011 .100 nnnn  0... dddd ..0. ....  sbfx, ubfx     */ SLOT(0xff708020, 0xf3400000, N | D),
	/* 1111 0011 0110 ....  0... dddd ..0. ....  bfi, bfc       */ SLOT(0xfff08020, 0xf3600000, D),

	/* Branches and miscellaneous control: A5.3.4 */
	/* 1111 0011 1000 nnnn  1000 ..00 0001 0011  msr FAULTMASK  */ REJECT(0xfff0f3ff, 0xf3808013, N, TL_EMASK),
	/* 1111 0011 1000 nnnn  1000 ..00 .... ....  msr            */ SLOT(0xfff0f300, 0xf3808000, N),
	/* 1111 0011 1110 1111  1000 dddd .... ....  mrs            */ SLOT(0xfffff000, 0xf3ef8000, D),
	/* 1111 0011 1010 1111  1000 0000 .... ....  nop.w, hints   */ SLOT(0xffffff00, 0xf3af8000, 0),
	/* 1111 0011 1011 1111  1000 1111 0010 1111  clrex          */ SLOT(0xffffffff, 0xf3bf8f2f, END),
	/* 1111 0011 1011 1111  1000 1111 010. ....  dsb, dmb       */ SLOT(0xffffffe0, 0xf3bf8f40, 0),
	/* 1111 0011 1011 1111  1000 1111 0110 ....  isb            */ SLOT(0xfffffff0, 0xf3bf8f60, 0),
	/* 1111 0.11 1... ....  10.0 .... .... ....  udf, undefined */ REJECT(0xfb80d000, 0xf3808000, 0, TL_EUNDEF),
	/* 1111 0... .... ....  10.0 .... .... ....  b<c>           */ SIMULATE(0xf800d000, 0xf0008000, 0, THUMB_BCCW),
	/* 1111 0... .... ....  10.1 .... .... ....  b              */ SIMULATE(0xf800d000, 0xf0009000, END, THUMB_BW),
	/* 1111 0... .... ....  11.1 .... .... ....  bl             */ SIMULATE(0xf800d000, 0xf000d000, 0, THUMB_BL),

	/* Store single: A5.3.10 */
	/* 1111 1000 .11. ....  .... .... .... ....  undefined      */ REJECT(0xff600000, 0xf8600000, 0, TL_EUNDEF),
	/* 1111 1000 1..0 nnnn  tttt .... .... ....  str* [Rn, #]   */ SLOT(0xff900000, 0xf8800000, N | T),
	/* 1111 1000 0..0 nnnn  tttt 1..1 .... ....  str* [Rn, #]!  */ SLOT(0xff900900, 0xf8000900, N | T),
	/* 1111 1000 0..0 nnnn  tttt 11.0 .... ....  str* [Rn, #-], str*t */ SLOT(0xff900d00, 0xf8000c00, N | T),
	/* 1111 1000 0..0 nnnn  tttt 0000 00.. mmmm  str* [Rn, Rm]  */ SLOT(0xff900fc0, 0xf8000000, N | T | M),

	/* Load word: A5.3.7 */
	/* 1111 1000 .101 1111  1111 .... .... ....  ldr pc, [pc]   */ SIMULATE(0xff7ff000, 0xf85ff000, END, THUMB_LDRWL),
	/* 1111 1000 .101 1111  .... .... .... ....  ldr [pc, #]    */ SIMULATE(0xff7f0000, 0xf85f0000, 0, THUMB_LDRWL),
	/* 1111 1000 1101 ....  1111 .... .... ....  ldr pc, [Rn, #] */ RETURNS(0xfff0f000, 0xf8d0f000, 0, THUMB_LDRPC),
	/* 1111 1000 0101 ....  1111 1..1 .... ....  ldr pc, [Rn, #]! */ RETURNS(0xfff0f900, 0xf850f900, 0, THUMB_LDRPC),
	/* 1111 1000 0101 ....  1111 1100 .... ....  ldr pc, [Rn, #-] */ RETURNS(0xfff0ff00, 0xf850fc00, 0, THUMB_LDRPC),
	/* 1111 1000 0101 ....  1111 0000 00.. mmmm  ldr pc, [Rn, Rm] */ RETURNS(0xfff0ffc0, 0xf850f000, M, THUMB_LDRPC),
	/* 1111 1000 1101 ....  .... .... .... ....  ldr [Rn, #]    */ SLOT(0xfff00000, 0xf8d00000, 0),
	/* 1111 1000 0101 ....  .... 1..1 .... ....  ldr [Rn, #]!   */ SLOT(0xfff00900, 0xf8500900, 0),
	/* 1111 1000 0101 ....  tttt 11.0 .... ....  ldr [Rn, #-], ldrt */ SLOT(0xfff00d00, 0xf8500c00, T),
	/* 1111 1000 0101 ....  .... 0000 00.. mmmm  ldr [Rn, Rm]   */ SLOT(0xfff00fc0, 0xf8500000, M),

	/* Load byte, load halfword, memory hints: A5.3.8, A5.3.9. Without a target (t = 15) they are hints. */
	/* 1111 100. .0.1 1111  1111 .... .... ....  pld, pli [pc, #] */ SIMULATE(0xfe5ff000, 0xf81ff000, 0, THUMB_PLD),
	/* 1111 100. .0.1 1111  .... .... .... ....  ldr* [pc, #]   */ SIMULATE(0xfe5f0000, 0xf81f0000, 0, THUMB_LDRWL),
	/* 1111 100. 10.1 ....  .... .... .... ....  ldr* [Rn, #]   */ SLOT(0xfed00000, 0xf8900000, 0),
	/* 1111 100. 00.1 ....  tttt 1..1 .... ....  ldr* [Rn, #]!  */ SLOT(0xfed00900, 0xf8100900, T),
	/* 1111 100. 00.1 ....  .... 1100 .... ....  ldr* [Rn, #-]  */ SLOT(0xfed00f00, 0xf8100c00, 0),
	/* 1111 100. 00.1 ....  tttt 1110 .... ....  ldr*t [Rn, #]  */ SLOT(0xfed00f00, 0xf8100e00, T),
	/* 1111 100. 00.1 ....  .... 0000 00.. mmmm  ldr* [Rn, Rm]  */ SLOT(0xfed00fc0, 0xf8100000, M),

	/* Data processing (register): A5.3.12 to A5.3.15 */
	/* 1111 1010 0... nnnn  1111 dddd 0000 mmmm  lsl, lsr, asr, ror */ SLOT(0xff80f0f0, 0xfa00f000, N | D | M),
	/* 1111 1010 00.. ....  1111 dddd 10.. mmmm  sxth, uxth, sxtb16, uxtb16, and add */ SLOT(0xffc0f0c0, 0xfa00f080, D | M),
	/* 1111 1010 010. ....  1111 dddd 10.. mmmm  sxtb, uxtb, and add */ SLOT(0xffe0f0c0, 0xfa40f080, D | M),
	/* 1111 1010 1.11 ....  1111 .... 0... ....  undefined      */ REJECT(0xffb0f080, 0xfab0f000, 0, TL_EUNDEF),
	/* 1111 1010 1... ....  1111 .... 0.11 ....  undefined      */ REJECT(0xff80f0b0, 0xfa80f030, 0, TL_EUNDEF),
	/* 1111 1010 1... nnnn  1111 dddd 0... mmmm  parallel add, subtract */ SLOT(0xff80f080, 0xfa80f000, N | D | M),
	/* 1111 1010 100. nnnn  1111 dddd 10.. mmmm  qadd, qsub, rev, rbit */ SLOT(0xffe0f0c0, 0xfa80f080, N | D | M),
	/* 1111 1010 101. nnnn  1111 dddd 1000 mmmm  sel, clz       */ SLOT(0xffe0f0f0, 0xfaa0f080, N | D | M),

	/* Multiply, divide: A5.3.16, A5.3.17 */
	/* 1111 1011 0000 nnnn  .... dddd 0000 mmmm  mla, mul       */ SLOT(0xfff000f0, 0xfb000000, N | D | M),
	/* 1111 1011 0000 nnnn  tttt dddd 0001 mmmm  mls            */ SLOT(0xfff000f0, 0xfb000010, N | T | D | M),
	/* 1111 1011 0001 nnnn  .... dddd 00.. mmmm  smlaxy, smulxy */ SLOT(0xfff000c0, 0xfb100000, N | D | M),
	/* 1111 1011 001. nnnn  .... dddd 000. mmmm  smlad, smuad, smlaw, smulw */ SLOT(0xffe000e0, 0xfb200000, N | D | M),
	/* 1111 1011 010. nnnn  .... dddd 000. mmmm  smlsd, smusd, smmla, smmul */ SLOT(0xffe000e0, 0xfb400000, N | D | M),
	/* 1111 1011 0110 nnnn  tttt dddd 000. mmmm  smmls          */ SLOT(0xfff000e0, 0xfb600000, N | T | D | M),
	/* 1111 1011 0111 nnnn  .... dddd 0000 mmmm  usad8, usada8  */ SLOT(0xfff000f0, 0xfb700000, N | D | M),
	/* 1111 1011 1..0 nnnn  tttt dddd 0000 mmmm  smull, umull, smlal, umlal */ SLOT(0xff9000f0, 0xfb800000, N | T | D | M),
	/* 1111 1011 10.1 nnnn  1111 dddd 1111 mmmm  sdiv, udiv     */ SLOT(0xffd0f0f0, 0xfb90f0f0, N | D | M),
	/* 1111 1011 1100 nnnn  tttt dddd 10.. mmmm  smlalxy        */ SLOT(0xfff000c0, 0xfbc00080, N | T | D | M),
	/* 1111 1011 110. nnnn  tttt dddd 110. mmmm  smlald, smlsld */ SLOT(0xffe000e0, 0xfbc000c0, N | T | D | M),
	/* 1111 1011 1110 nnnn  tttt dddd 0110 mmmm  umaal          */ SLOT(0xfff000f0, 0xfbe00060, N | T | D | M),
	/* .... .... .... ....  .... .... .... ....  undefined      */ REJECT(0, 0, 0, TL_EUNDEF),
};
#undef BITS

/* clang-format on */

static uint32_t halfword(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

unsigned thumb_insn_len(const uint8_t *bytes, unsigned n)
{
	if (n < 2)
		return 0;
	return halfword(bytes) >= 0xe800 ? 4 : 2;
}

static bool sane(uint32_t bits, uint32_t check)
{
	static const uint8_t shift[] = {16, 12, 8, 0};

	for (unsigned i = 0; i < sizeof shift; i++)
		if ((check >> i & 1) && (bits >> shift[i] & 15) == 15)
			return false;
	if (check & LIST) {
		uint32_t list = bits & 0xffff;
		bool writeback = bits >> 21 & 1;
		return (list & (list - 1)) != 0 && !(writeback && (list >> (bits >> 16 & 15) & 1));
	}
	return true;
}

/* Fetches the instruction at `bytes` and fills in what its row says. Returns the row's check, or -1 if it does not fit in `n`. */
static int lookup(const uint8_t *bytes, unsigned n, struct tl_insn *insn)
{
	struct what what;

	insn->len = (uint8_t)thumb_insn_len(bytes, n);
	if (insn->len == 0 || insn->len > n)
		return -1;
	insn->bits = halfword(bytes);
	if (insn->len == 2) {
		const struct narrow_row *row = narrow;

		while ((insn->bits & row->mask) != row->match)
			row++;
		what = row->what;
	} else {
		const struct wide_row *row = wide;
		uint32_t high = insn->bits, low = halfword(bytes + 2);

		while ((high & row->mask[0]) != row->match[0] || (low & row->mask[1]) != row->match[1])
			row++;
		what = row->what;
		insn->bits = high << 16 | low;
		if (!sane(insn->bits, what.check))
			what = (struct what){0, REJECTED | TL_EUNDEF};
	}
	if (what.op & REJECTED)
		insn->verdict = TL_REJECT;
	else
		insn->verdict = what.op == THUMB_SLOT || what.check & LEAVE ? TL_SLOT : TL_SIMULATE;
	insn->flags = what.check >> FLAGS;
	insn->op = what.op & (REJECTED - 1);
	return what.check;
}

/* Instructions in the block of what may be an IT; 0 if it is none. A7.7.38 */
static unsigned it_lanes(uint32_t bits)
{
	unsigned lanes = 4;

	if (bits >> 8 != 0xbf || !(bits & 15))
		return 0;
	for (; !(bits & 1); bits >>= 1)
		lanes--;
	return lanes;
}

/*
 * May an IT before the instruction cover it? A halfword that looks like one may be the second half of something else; but if it
 * is one, then instructions follow it one by one, and one of its block starts here or it does not cover us.
 */
static bool predicated(const struct tl_text *text)
{
	for (unsigned back = 2; back <= THUMB_IT_BEFORE && back <= text->before; back += 2) {
		unsigned lanes = it_lanes(halfword(text->bytes - back));

		for (unsigned at = back - 2; lanes; lanes--) {
			if (at == 0)
				return true;
			unsigned len = thumb_insn_len(text->bytes - at, at);
			if (len > at)
				break;
			at -= len;
		}
	}
	return false;
}

/* Does a store-exclusive follow before anything that would start or end its window? A3.4.4 */
static bool in_exclusive(const struct tl_text *text, bool is_predicated)
{
	unsigned lanes = is_predicated ? 4 : 0; /* in them, branches and returns may fall through */
	struct tl_insn insn;

	for (unsigned n = 0, at = 0; n < THUMB_EXCL_INSNS; n++, at += insn.len) {
		int check = lookup(text->bytes + at, text->after - at, &insn);
		if (check < 0)
			return false;
		bool rejected = insn.verdict == TL_REJECT;
		if (rejected && insn.op == TL_EEXCL && !(check & END))
			return true;
		if (lanes)
			lanes--;
		else if (check & END || (rejected && insn.op == TL_EUNDEF))
			return false;
		if (insn.len == 2 && it_lanes(insn.bits))
			lanes = it_lanes(insn.bits);
	}
	return false;
}

static int reject(struct tl_insn *insn, enum tl_error error)
{
	insn->verdict = TL_REJECT;
	insn->flags = 0;
	insn->op = (uint8_t)error;
	return -(int)error;
}

int thumb_decode(const struct tl_isa *isa, const struct tl_text *text, struct tl_insn *insn)
{
	(void)isa;
	if (lookup(text->bytes, text->after, insn) < 0) {
		insn->bits = 0;
		return reject(insn, insn->len ? TL_EALIGN : TL_EFAULT);
	}
	if (insn->verdict == TL_REJECT)
		return reject(insn, (enum tl_error)insn->op);
	if (predicated(text))
		insn->flags |= TL_INSN_PREDICATED;
	if (in_exclusive(text, insn->flags & TL_INSN_PREDICATED))
		return reject(insn, TL_EEXCL);
	return 0;
}
