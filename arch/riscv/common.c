/* SPDX-License-Identifier: MIT */
/*
 * The instructions that RV32 and RV64 share: I, M, A, F, D, Zicsr, Zifencei, Zba, Zbb, Zbs, C, and
 * the system's.
 *
 * Follows the RISC-V Instruction Set Manual, volume I, 20191213: 24 and 16.8 (listings); volume II,
 * 20211203: 5 (listing); Bit Manipulation 1.0.0: 2. The columns of 32 bits: funct7, rs2, rs1,
 * funct3, rd, opcode. A core without an extension faults in the slot as it would have in place.
 */
#include "rows.h"

/* clang-format off */

#define BITS WIDE
const struct tl_wide riscv_wide[] = {
	/* ....... ..... ..... ... ..... 0110111  lui */
		SLOT(0x0000007f, 0x00000037, 0),
	/* ....... ..... ..... ... ..... 0010111  auipc */
		SIMULATE(0x0000007f, 0x00000017, 0, RISCV_AUIPC),
	/* ....... ..... ..... ... 00000 1101111  j */
		SIMULATE(0x00000fff, 0x0000006f, END, RISCV_JAL),
	/* ....... ..... ..... ... ..... 1101111  jal */
		SIMULATE(0x0000007f, 0x0000006f, 0, RISCV_JAL),
	/* ....... ..... ..... 000 00000 1100111  jr */
		LEAVES(0x00007fff, 0x00000067, 0, RISCV_JALR),
	/* ....... ..... ..... 000 ..... 1100111  jalr */
		SIMULATE(0x0000707f, 0x00000067, 0, RISCV_JALR),
	/* ....... ..... ..... 00. ..... 1100011  beq, bne */
		SIMULATE(0x0000607f, 0x00000063, 0, RISCV_BRANCH),
	/* ....... ..... ..... 1.. ..... 1100011  blt, bge, unsigned */
		SIMULATE(0x0000407f, 0x00004063, 0, RISCV_BRANCH),
	/* ....... ..... ..... 00. ..... 0000011  lb, lh */
		SLOT(0x0000607f, 0x00000003, 0),
	/* ....... ..... ..... 010 ..... 0000011  lw */
		SLOT(0x0000707f, 0x00002003, 0),
	/* ....... ..... ..... 10. ..... 0000011  lbu, lhu */
		SLOT(0x0000607f, 0x00004003, 0),
	/* ....... ..... ..... 00. ..... 0100011  sb, sh */
		SLOT(0x0000607f, 0x00000023, 0),
	/* ....... ..... ..... 010 ..... 0100011  sw */
		SLOT(0x0000707f, 0x00002023, 0),
	/* ....... ..... ..... 000 ..... 0010011  addi */
		SLOT(0x0000707f, 0x00000013, 0),
	/* ....... ..... ..... 01. ..... 0010011  slti, sltiu */
		SLOT(0x0000607f, 0x00002013, 0),
	/* ....... ..... ..... 100 ..... 0010011  xori */
		SLOT(0x0000707f, 0x00004013, 0),
	/* ....... ..... ..... 11. ..... 0010011  ori, andi */
		SLOT(0x0000607f, 0x00006013, 0),
	/* 0000000 ..... ..... ... ..... 0110011  add, sll, slt, and so on */
		SLOT(0xfe00007f, 0x00000033, 0),
	/* 0100000 ..... ..... 000 ..... 0110011  sub */
		SLOT(0xfe00707f, 0x40000033, 0),
	/* 0100000 ..... ..... 101 ..... 0110011  sra */
		SLOT(0xfe00707f, 0x40005033, 0),
	/* ....... ..... ..... 00. ..... 0001111  fence, fence.i */
		SLOT(0x0000607f, 0x0000000f, 0),
	/* 0000000 00000 00000 000 00000 1110011  ecall */
		SLOT(0xffffffff, 0x00000073, ALONE | LEAVE),
	/* 0000000 00001 00000 000 00000 1110011  ebreak */
		REJECT(0xffffffff, 0x00100073, 0, TL_EBRK),
	/* 00.1000 00010 00000 000 00000 1110011  sret, mret: not that of the variant's own mode */
		SLOT(0xdfffffff, 0x10200073, ALONE | LEAVE | END),
	/* 0001000 00101 00000 000 00000 1110011  wfi */
		SLOT(0xffffffff, 0x10500073, 0),
	/* 0001001 ..... ..... 000 00000 1110011  sfence.vma */
		SLOT(0xfe007fff, 0x12000073, 0),
	/* ....... ..... ..... ..1 ..... 1110011  csrrw, csrrc, immediate */
		SLOT_AS(0x0000107f, 0x00001073, 0, RISCV_CSR),
	/* ....... ..... ..... .10 ..... 1110011  csrrs, immediate */
		SLOT_AS(0x0000307f, 0x00002073, 0, RISCV_CSR),

	/* 0000001 ..... ..... ... ..... 0110011  mul, div, rem */
		SLOT(0xfe00007f, 0x02000033, 0),

	/* 00010.. 00000 ..... 010 ..... 0101111  lr.w */
		REJECT(0xf9f0707f, 0x1000202f, END, TL_EEXCL),
	/* 00011.. ..... ..... 010 ..... 0101111  sc.w */
		REJECT(0xf800707f, 0x1800202f, 0, TL_EEXCL),
	/* 00001.. ..... ..... 010 ..... 0101111  amoswap.w */
		SLOT(0xf800707f, 0x0800202f, 0),
	/* ...00.. ..... ..... 010 ..... 0101111  amoadd.w and so on */
		SLOT(0x1800707f, 0x0000202f, 0),

	/* ....... ..... ..... 01. ..... 0000111  flw, fld */
		SLOT(0x0000607f, 0x00002007, 0),
	/* ....... ..... ..... 01. ..... 0100111  fsw, fsd */
		SLOT(0x0000607f, 0x00002027, 0),
	/* .....0. ..... ..... rrr ..... 100..11  fmadd, fmsub, negated */
		SLOT(0x04000073, 0x00000043, RM),
	/* 000..0. ..... ..... rrr ..... 1010011  fadd, fsub, fmul, fdiv */
		SLOT(0xe400007f, 0x00000053, RM),
	/* 010110. 00000 ..... rrr ..... 1010011  fsqrt */
		SLOT(0xfdf0007f, 0x58000053, RM),
	/* 001000. ..... ..... 00. ..... 1010011  fsgnj, fsgnjn */
		SLOT(0xfc00607f, 0x20000053, 0),
	/* 001000. ..... ..... 010 ..... 1010011  fsgnjx */
		SLOT(0xfc00707f, 0x20002053, 0),
	/* 001010. ..... ..... 00. ..... 1010011  fmin, fmax */
		SLOT(0xfc00607f, 0x28000053, 0),
	/* 0100000 00001 ..... rrr ..... 1010011  fcvt.s.d */
		SLOT(0xfff0007f, 0x40100053, RM),
	/* 0100001 00000 ..... rrr ..... 1010011  fcvt.d.s */
		SLOT(0xfff0007f, 0x42000053, RM),
	/* 101000. ..... ..... 00. ..... 1010011  fle, flt */
		SLOT(0xfc00607f, 0xa0000053, 0),
	/* 101000. ..... ..... 010 ..... 1010011  feq */
		SLOT(0xfc00707f, 0xa0002053, 0),
	/* 110000. 0000. ..... rrr ..... 1010011  fcvt.w, fcvt.wu */
		SLOT(0xfde0007f, 0xc0000053, RM),
	/* 110100. 0000. ..... rrr ..... 1010011  fcvt from w, wu */
		SLOT(0xfde0007f, 0xd0000053, RM),
	/* 1110000 00000 ..... 000 ..... 1010011  fmv.x.w */
		SLOT(0xfff0707f, 0xe0000053, 0),
	/* 1111000 00000 ..... 000 ..... 1010011  fmv.w.x */
		SLOT(0xfff0707f, 0xf0000053, 0),
	/* 111000. 00000 ..... 001 ..... 1010011  fclass */
		SLOT(0xfdf0707f, 0xe0001053, 0),

	/* 0010000 ..... ..... 010 ..... 0110011  sh1add */
		SLOT(0xfe00707f, 0x20002033, 0),
	/* 0010000 ..... ..... 1.0 ..... 0110011  sh2add, sh3add */
		SLOT(0xfe00507f, 0x20004033, 0),
	/* 0100000 ..... ..... 100 ..... 0110011  xnor */
		SLOT(0xfe00707f, 0x40004033, 0),
	/* 0100000 ..... ..... 11. ..... 0110011  orn, andn */
		SLOT(0xfe00607f, 0x40006033, 0),
	/* 0000101 ..... ..... 1.. ..... 0110011  min, max, unsigned */
		SLOT(0xfe00407f, 0x0a004033, 0),
	/* 0110000 ..... ..... .01 ..... 0110011  rol, ror */
		SLOT(0xfe00307f, 0x60001033, 0),
	/* 0110000 0000. ..... 001 ..... 0010011  clz, ctz */
		SLOT(0xffe0707f, 0x60001013, 0),
	/* 0110000 00010 ..... 001 ..... 0010011  cpop */
		SLOT(0xfff0707f, 0x60201013, 0),
	/* 0110000 0010. ..... 001 ..... 0010011  sext.b, sext.h */
		SLOT(0xffe0707f, 0x60401013, 0),
	/* 0010100 00111 ..... 101 ..... 0010011  orc.b */
		SLOT(0xfff0707f, 0x28705013, 0),
	/* 0100100 ..... ..... .01 ..... 0110011  bclr, bext */
		SLOT(0xfe00307f, 0x48001033, 0),
	/* 0010100 ..... ..... 001 ..... 0110011  bset */
		SLOT(0xfe00707f, 0x28001033, 0),
	/* 0110100 ..... ..... 001 ..... 0110011  binv */
		SLOT(0xfe00707f, 0x68001033, 0),

	/* ....... ..... ..... ... ..... 0.01011  custom-0, custom-1 */
		REJECT(0x0000005f, 0x0000000b, 0, TL_EINSN),
	/* ....... ..... ..... ... ..... 1.11011  custom-2, custom-3 */
		REJECT(0x0000005f, 0x0000005b, 0, TL_EINSN),
	UNDEFINED,
};
#undef BITS

/* The columns: bits 15:13, 12, 11:7, 6:2, and the quadrant. */
#define BITS NARROW
const struct tl_narrow riscv_narrow[] = {
	/* 000 0 00000 00... 00  c.addi4spn 0, illegal */
		REJECT(0xffe3, 0x0000, 0, TL_EUNDEF),
	/* 000 . ..... ..... 00  c.addi4spn */
		SLOT(0xe003, 0x0000, 0),
	/* .10 . ..... ..... 00  c.lw, c.sw */
		SLOT(0x6003, 0x4000, 0),
	/* ..1 . ..... ..... 00  c.fld, c.fsd; rv32: c.flw, c.fsw; rv64: c.ld, c.sd */
		SLOT(0x2003, 0x2000, 0),
	/* 000 . ..... ..... 01  c.nop, c.addi */
		SLOT(0xe003, 0x0001, 0),
	/* 010 . ..... ..... 01  c.li */
		SLOT(0xe003, 0x4001, 0),
	/* 011 0 ..... 00000 01  c.lui 0, c.addi16sp 0 */
		REJECT(0xf07f, 0x6001, 0, TL_EUNDEF),
	/* 011 . ..... ..... 01  c.lui, c.addi16sp */
		SLOT(0xe003, 0x6001, 0),
	/* 100 . 0.... ..... 01  c.srli, c.srai */
		SLOT(0xe803, 0x8001, 0),
	/* 100 . 10... ..... 01  c.andi */
		SLOT(0xec03, 0x8801, 0),
	/* 100 0 11... ..... 01  c.sub, c.xor, c.or, c.and */
		SLOT(0xfc03, 0x8c01, 0),
	/* 101 . ..... ..... 01  c.j */
		SIMULATE(0xe003, 0xa001, END, RISCV_C_J),
	/* 11. . ..... ..... 01  c.beqz, c.bnez */
		SIMULATE(0xc003, 0xc001, 0, RISCV_C_BZ),
	/* 000 . ..... ..... 10  c.slli */
		SLOT(0xe003, 0x0002, 0),
	/* 010 . 00000 ..... 10  c.lwsp x0 */
		REJECT(0xef83, 0x4002, 0, TL_EUNDEF),
	/* .10 . ..... ..... 10  c.lwsp, c.swsp */
		SLOT(0x6003, 0x4002, 0),
	/* ..1 . ..... ..... 10  c.fldsp, c.fsdsp; rv32: c.flwsp, c.fswsp; rv64: c.ldsp, c.sdsp */
		SLOT(0x2003, 0x2002, 0),
	/* 100 0 00000 00000 10  c.jr x0 */
		REJECT(0xffff, 0x8002, 0, TL_EUNDEF),
	/* 100 0 ..... 00000 10  c.jr */
		LEAVES(0xf07f, 0x8002, 0, RISCV_C_JR),
	/* 100 0 ..... ..... 10  c.mv */
		SLOT(0xf003, 0x8002, 0),
	/* 100 1 00000 00000 10  c.ebreak */
		REJECT(0xffff, 0x9002, 0, TL_EBRK),
	/* 100 1 ..... 00000 10  c.jalr */
		SIMULATE(0xf07f, 0x9002, 0, RISCV_C_JALR),
	/* 100 1 ..... ..... 10  c.add */
		SLOT(0xf003, 0x9002, 0),
	UNDEFINED,
};
#undef BITS

/* clang-format on */
