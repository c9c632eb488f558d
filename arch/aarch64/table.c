/* SPDX-License-Identifier: MIT */
/*
 * The instructions of A64, as far as decode.c takes them.
 *
 * Follows the Arm Architecture Reference Manual for A-profile, DDI 0487: C4.1 (encoding index). The
 * columns: bits 31:24, 23:16, 15:10, 9:5, 4:0. Rows are as fine as verdicts ask: an encoding of a
 * class that never reads or writes the PC, but that is allocated to nothing, faults in its slot as
 * it would have in place. So does one of an extension that the core has not.
 */
#include "rows.h"

/* clang-format off */

#define BITS WIDE
const struct tl_wide a64_wide[] = {
	/* -- data processing, immediate -- */
	/* 0..10000 ........ ...... ..... .....  adr */
		SIMULATE(0x9f000000, 0x10000000, 0, A64_ADR),
	/* 1..10000 ........ ...... ..... .....  adrp */
		SIMULATE(0x9f000000, 0x90000000, 0, A64_ADRP),
	/* ...10001 0....... ...... ..... .....  add, sub, immediate */
		SLOT(0x1f800000, 0x11000000, 0),
	/* 1.010001 10...... 00.... ..... .....  addg, subg */
		SLOT(0xbfc0c000, 0x91800000, 0),
	/* .0010001 1100.... ...... ..... .....  smax, smin, umax, umin, immediate */
		SLOT(0x7ff00000, 0x11c00000, 0),
	/* 0..10010 00...... ...... ..... .....  and, orr, eor, ands of w, immediate */
		SLOT(0x9fc00000, 0x12000000, 0),
	/* 1..10010 0....... ...... ..... .....  the same of x */
		SLOT(0x9f800000, 0x92000000, 0),
	/* 00010010 10...... ...... ..... .....  movn of w */
		SLOT(0xffc00000, 0x12800000, 0),
	/* 01.10010 10...... ...... ..... .....  movz, movk of w */
		SLOT(0xdfc00000, 0x52800000, 0),
	/* 10010010 1....... ...... ..... .....  movn of x */
		SLOT(0xff800000, 0x92800000, 0),
	/* 11.10010 1....... ...... ..... .....  movz, movk of x */
		SLOT(0xdf800000, 0xd2800000, 0),
	/* 00.10011 000..... 0..... ..... .....  sbfm, bfm of w */
		SLOT(0xdfe08000, 0x13000000, 0),
	/* 01010011 000..... 0..... ..... .....  ubfm of w */
		SLOT(0xffe08000, 0x53000000, 0),
	/* 10.10011 01...... ...... ..... .....  sbfm, bfm of x */
		SLOT(0xdfc00000, 0x93400000, 0),
	/* 11010011 01...... ...... ..... .....  ubfm of x */
		SLOT(0xffc00000, 0xd3400000, 0),
	/* 00010011 100..... 0..... ..... .....  extr of w */
		SLOT(0xffe08000, 0x13800000, 0),
	/* 10010011 110..... ...... ..... .....  extr of x */
		SLOT(0xffe00000, 0x93c00000, 0),

	/* -- branches, exceptions, system -- */
	/* 01010100 ........ ...... ..... .....  b.cond, bc.cond */
		SIMULATE(0xff000000, 0x54000000, 0, A64_BCOND),
	/* 11010100 000..... ...... ..... 00001  svc */
		SLOT(0xffe0001f, 0xd4000001, ALONE | LEAVE),
	/* 11010100 000..... ...... ..... 00010  hvc */
		SLOT(0xffe0001f, 0xd4000002, 0),
	/* 11010100 000..... ...... ..... 00011  smc */
		SLOT(0xffe0001f, 0xd4000003, 0),
	/* 11010100 001..... ...... ..... 00000  brk */
		REJECT(0xffe0001f, 0xd4200000, 0, TL_EBRK),
	/* 11010100 010..... ...... ..... 00000  hlt */
		REJECT(0xffe0001f, 0xd4400000, 0, TL_EBRK),
	/* 11010101 00000011 000100 0000. .....  wfet, wfit */
		SLOT(0xffffffc0, 0xd5031000, 0),
	/* 11010101 00000011 0010.. ..... 11111  hints: nop, wfi, bti, paciasp, and so on */
		SLOT(0xfffff01f, 0xd503201f, 0),
	/* 11010101 00000011 0011.. ..... 11111  clrex, dsb, dmb, isb, sb */
		SLOT(0xfffff01f, 0xd503301f, 0),
	/* 11010101 00000... 0100.. ..... 11111  msr, immediate; cfinv and the like */
		SLOT(0xfff8f01f, 0xd500401f, 0),
	/* 11010101 00001... ...... ..... .....  sys: dc, ic, at, tlbi */
		SLOT(0xfff80000, 0xd5080000, 0),
	/* 11010101 00101... ...... ..... .....  sysl */
		SLOT(0xfff80000, 0xd5280000, 0),
	/* 11010101 00.1.... ...... ..... .....  msr, mrs */
		SLOT_AS(0xffd00000, 0xd5100000, 0, A64_SYSREG),
	/* 11010110 00011111 000000 ..... 00000  br */
		LEAVES(0xfffffc1f, 0xd61f0000, 0, A64_BR),
	/* 11010110 00111111 000000 ..... 00000  blr */
		SIMULATE(0xfffffc1f, 0xd63f0000, 0, A64_BLR),
	/* 11010110 01011111 000000 ..... 00000  ret */
		LEAVES(0xfffffc1f, 0xd65f0000, 0, A64_BR),
	/* 11010110 10011111 000000 11111 00000  eret */
		REJECT(0xffffffff, 0xd69f03e0, END, TL_ETRAP),
	/* 11010110 10011111 00001. 11111 11111  eretaa, eretab */
		REJECT(0xfffffbff, 0xd69f0bff, END, TL_ETRAP),
	/* 11010110 01011111 00001. 11111 11111  retaa, retab */
		SLOT(0xfffffbff, 0xd65f0bff, END | LEAVE | ALONE),
	/* 11010110 00011111 00001. ..... 11111  braaz, brabz */
		SLOT(0xfffff81f, 0xd61f081f, END | LEAVE | ALONE),
	/* 11010111 00011111 00001. ..... .....  braa, brab */
		SLOT(0xfffff800, 0xd71f0800, END | LEAVE | ALONE),
	/* 11010110 00111111 00001. ..... 11111  blraaz, blrabz */
		REJECT(0xfffff81f, 0xd63f081f, 0, TL_EINSN),
	/* 11010111 00111111 00001. ..... .....  blraa, blrab */
		REJECT(0xfffff800, 0xd73f0800, 0, TL_EINSN),
	/* 000101.. ........ ...... ..... .....  b */
		SIMULATE(0xfc000000, 0x14000000, END, A64_B),
	/* 100101.. ........ ...... ..... .....  bl */
		SIMULATE(0xfc000000, 0x94000000, 0, A64_BL),
	/* .011010. ........ ...... ..... .....  cbz, cbnz */
		SIMULATE(0x7e000000, 0x34000000, 0, A64_CB),
	/* .011011. ........ ...... ..... .....  tbz, tbnz */
		SIMULATE(0x7e000000, 0x36000000, 0, A64_TB),

	/* -- loads and stores -- */
	/* ..001000 000..... ...... ..... .....  stxr, stlxr */
		REJECT(0x3fe00000, 0x08000000, 0, TL_EEXCL),
	/* ..001000 010..... ...... ..... .....  ldxr, ldaxr */
		REJECT(0x3fe00000, 0x08400000, END, TL_EEXCL),
	/* 1.001000 001..... ...... ..... .....  stxp, stlxp */
		REJECT(0xbfe00000, 0x88200000, 0, TL_EEXCL),
	/* 1.001000 011..... ...... ..... .....  ldxp, ldaxp */
		REJECT(0xbfe00000, 0x88600000, END, TL_EEXCL),
	/* 0.001000 0.1..... .11111 ..... .....  casp */
		SLOT(0xbfa07c00, 0x08207c00, 0),
	/* ..001000 1.0..... ...... ..... .....  stlr, ldar and the like */
		SLOT(0x3fa00000, 0x08800000, 0),
	/* ..001000 1.1..... .11111 ..... .....  cas */
		SLOT(0x3fa07c00, 0x08a07c00, 0),
	/* 0.011000 ........ ...... ..... .....  ldr, literal */
		SIMULATE(0xbf000000, 0x18000000, LOAD, A64_LITERAL),
	/* 10011000 ........ ...... ..... .....  ldrsw, literal */
		SIMULATE(0xff000000, 0x98000000, LOAD, A64_LITERAL),
	/* 11011000 ........ ...... ..... .....  prfm, literal */
		SLOT_AS(0xff000000, 0xd8000000, 0, A64_PRFM_LITERAL),
	/* 0.011100 ........ ...... ..... .....  ldr of s, d, literal */
		SLOT_AS(0xbf000000, 0x1c000000, 0, A64_FP_LITERAL),
	/* 10011100 ........ ...... ..... .....  ldr of q, literal */
		SLOT_AS(0xff000000, 0x9c000000, 0, A64_FP_LITERAL),
	/* .010100. ........ ...... ..... .....  ldp, stp, ldnp, stnp */
		SLOT(0x7e000000, 0x28000000, 0),
	/* 01101000 1....... ...... ..... .....  ldpsw, stgp, post-indexed */
		SLOT(0xff800000, 0x68800000, 0),
	/* 01101001 ........ ...... ..... .....  ldpsw, stgp */
		SLOT(0xff000000, 0x69000000, 0),
	/* 0.10110. ........ ...... ..... .....  ldp, stp of s, d */
		SLOT(0xbe000000, 0x2c000000, 0),
	/* 1010110. ........ ...... ..... .....  ldp, stp of q */
		SLOT(0xfe000000, 0xac000000, 0),
	/* .0111000 ..0..... ...... ..... .....  str, ldr of b, w, indexed or unscaled */
		SLOT(0x7f200000, 0x38000000, 0),
	/* 01111000 ..0..... ...... ..... .....  the same of h */
		SLOT(0xff200000, 0x78000000, 0),
	/* 11111000 0.0..... ...... ..... .....  the same of x */
		SLOT(0xffa00000, 0xf8000000, 0),
	/* 11111000 100..... ....00 ..... .....  prfum */
		SLOT(0xffe00c00, 0xf8800000, 0),
	/* .0111001 ........ ...... ..... .....  str, ldr of b, w, unsigned offset */
		SLOT(0x7f000000, 0x39000000, 0),
	/* 01111001 ........ ...... ..... .....  the same of h */
		SLOT(0xff000000, 0x79000000, 0),
	/* 11111001 0....... ...... ..... .....  the same of x */
		SLOT(0xff800000, 0xf9000000, 0),
	/* 11111001 10...... ...... ..... .....  prfm */
		SLOT(0xffc00000, 0xf9800000, 0),
	/* ..111000 ..1..... .1..10 ..... .....  str, ldr, prfm, register offset */
		SLOT(0x3f204c00, 0x38204800, 0),
	/* ..111000 ..1..... ....00 ..... .....  ldadd, swp, ldapr, st64b and the like */
		SLOT(0x3f200c00, 0x38200000, 0),
	/* 11111000 ..1..... .....1 ..... .....  ldraa, ldrab */
		SLOT(0xff200400, 0xf8200400, 0),
	/* ..111100 ..0..... ...... ..... .....  str, ldr of FP registers, unscaled, indexed */
		SLOT(0x3f200000, 0x3c000000, 0),
	/* ..111101 ........ ...... ..... .....  the same, unsigned offset */
		SLOT(0x3f000000, 0x3d000000, 0),
	/* ..111100 ..1..... .1..10 ..... .....  the same, register offset */
		SLOT(0x3f204c00, 0x3c204800, 0),
	/* 00011.01 ..0..... ....01 ..... .....  cpy, set: of a sequence that must not be torn */
		REJECT(0xfb200c00, 0x19000400, 0, TL_EINSN),
	/* ..011001 ..0..... ....00 ..... .....  stlur, ldapur */
		SLOT(0x3f200c00, 0x19000000, 0),
	/* 11011001 ..1..... ...... ..... .....  stg, ldg and the like */
		SLOT(0xff200000, 0xd9200000, 0),
	/* 0.00110. ........ ...... ..... .....  ld1 to ld4, st1 to st4 */
		SLOT(0xbe000000, 0x0c000000, 0),

	/* -- data processing, register -- */
	/* 0..01010 ........ 0..... ..... .....  and, orr, eor, bic of w, shifted */
		SLOT(0x9f008000, 0x0a000000, 0),
	/* 1..01010 ........ ...... ..... .....  the same of x */
		SLOT(0x9f000000, 0x8a000000, 0),
	/* 0..01011 ..0..... 0..... ..... .....  add, sub of w, shifted */
		SLOT(0x9f208000, 0x0b000000, 0),
	/* 1..01011 ..0..... ...... ..... .....  the same of x */
		SLOT(0x9f200000, 0x8b000000, 0),
	/* ...01011 001..... ...... ..... .....  add, sub, extended */
		SLOT(0x1fe00000, 0x0b200000, 0),
	/* ...11010 000..... 000000 ..... .....  adc, sbc */
		SLOT(0x1fe0fc00, 0x1a000000, 0),
	/* 10111010 000..... .00001 ..... 0....  rmif */
		SLOT(0xffe07c10, 0xba000400, 0),
	/* 00111010 00000000 0.0010 ..... 01101  setf8, setf16 */
		SLOT(0xffffbc1f, 0x3a00080d, 0),
	/* ..111010 010..... .....0 ..... 0....  ccmn, ccmp */
		SLOT(0x3fe00410, 0x3a400000, 0),
	/* ..011010 100..... ....0. ..... .....  csel, csinc, csinv, csneg */
		SLOT(0x3fe00800, 0x1a800000, 0),
	/* .0011010 110..... ...... ..... .....  div, shifts by register, crc32, irg, pacga */
		SLOT(0x7fe00000, 0x1ac00000, 0),
	/* 10111010 110..... 000000 ..... .....  subps */
		SLOT(0xffe0fc00, 0xbac00000, 0),
	/* .1011010 11000000 00.... ..... .....  rbit, rev, clz, cls, ctz, cnt, abs */
		SLOT(0x7fffc000, 0x5ac00000, 0),
	/* 11011010 11000001 00.... ..... .....  pacia, autia and the like */
		SLOT(0xffffc000, 0xdac10000, 0),
	/* 11011010 11000001 01000. ..... .....  xpaci, xpacd */
		SLOT(0xfffff800, 0xdac14000, 0),
	/* .0011011 ........ ...... ..... .....  madd, msub, smulh and the like */
		SLOT(0x7f000000, 0x1b000000, 0),

	/* -- SIMD and FP -- */
	/* 0..0111. ........ ...... ..... .....  SIMD, vectors */
		SLOT(0x9e000000, 0x0e000000, 0),
	/* 01.1111. ........ ...... ..... .....  SIMD, scalars; aes, sha1, sha256 */
		SLOT(0xde000000, 0x5e000000, 0),
	/* 11001110 ........ ...... ..... .....  sha512, sha3, sm3, sm4 */
		SLOT(0xff000000, 0xce000000, 0),
	/* .0011110 ..0..... ...... ..... .....  FP to and from fixed point */
		SLOT(0x7f200000, 0x1e000000, 0),
	/* .0011110 ..1..... 000000 ..... .....  FP to and from integers */
		SLOT(0x7f20fc00, 0x1e200000, 0),
	/* 00011110 ..1..... ...... ..... .....  FP: fadd, fcmp, fcsel, fmov and so on */
		SLOT(0xff200000, 0x1e200000, 0),
	/* 00011111 ........ ...... ..... .....  fmadd, fmsub, negated */
		SLOT(0xff000000, 0x1f000000, 0),
	/* 00000100 00100000 101111 ..... .....  movprfx: of a pair that must not be torn */
		REJECT(0xfffffc00, 0x0420bc00, 0, TL_EINSN),
	/* 00000100 ..01000. 001... ..... .....  the same, predicated */
		REJECT(0xff3ee000, 0x04102000, 0, TL_EINSN),
	/* ...0010. ........ ...... ..... .....  SVE */
		SLOT(0x1e000000, 0x04000000, 0),
	UNDEFINED,
};
#undef BITS

/* clang-format on */
