/* SPDX-License-Identifier: MIT */
/*
 * struct a64_regs as numbers, for C and assembly. trap.c asserts them.
 */
#ifndef A64_LAYOUT_H
#define A64_LAYOUT_H

/* Offset of register x`n` in struct a64_regs, of what follows, and its size: a multiple of 16, as
 * SP is. */
#define A64_AT(n)       ((n)*8)
#define A64_AT_SP       (31 * 8)
#define A64_AT_PC       (32 * 8)
#define A64_AT_CPSR     (33 * 8)
#define A64_AT_STACK    (34 * 8)
#define A64_AT_LEAVE    (35 * 8)
#define A64_AT_SAVED    (36 * 8)
#define A64_AT_SYNDROME (37 * 8)
#define A64_REGS        (38 * 8)

/* Offset of the struct tl_look that a trap has there first, and of its `record`. */
#define A64_AT_LOOK   (34 * 8)
#define A64_AT_RECORD (35 * 8)

/* Where a64_run() keeps FP registers: q0 to q31, FPSR, FPCR. */
#define A64_FP_BYTES   528
#define A64_FP_AT_FPSR 512

/* Bits of PSTATE, and of DAIF. */
#define A64_MASKS 0xc0 /* I, F */
#define A64_D     0x200
#define A64_BTYPE 0xc00

/* Of CPACR_EL1: FP registers are there for EL1. */
#define A64_FPEN_BIT 20

#endif
