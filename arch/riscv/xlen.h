/* SPDX-License-Identifier: MIT */
/*
 * What RV32 and RV64 spell differently in assembly, and struct riscv_regs as numbers, for C and
 * assembly. trap.c asserts them.
 */
#ifndef RISCV_XLEN_H
#define RISCV_XLEN_H

#if __riscv_xlen == 64
#define RISCV_WORD 8
#define LREG       ld
#define SREG       sd
#else
#define RISCV_WORD 4
#define LREG       lw
#define SREG       sw
#endif

/* Offset of register x`n` (1 to 31) in struct riscv_regs, of what follows, and its size: a multiple
 * of 16, as SP is. */
#define RISCV_AT(n)     (((n)-1) * RISCV_WORD)
#define RISCV_AT_PC     (31 * RISCV_WORD)
#define RISCV_AT_STATUS (32 * RISCV_WORD)
#define RISCV_AT_LEAVE  (33 * RISCV_WORD)
#define RISCV_AT_STACK  (34 * RISCV_WORD)
#define RISCV_AT_SAVED  (35 * RISCV_WORD)
#define RISCV_REGS      (36 * RISCV_WORD)

/* Offset of the struct tl_look that a trap has there first, and of its `record`. */
#define RISCV_AT_LOOK   (32 * RISCV_WORD)
#define RISCV_AT_RECORD (33 * RISCV_WORD)

#endif
