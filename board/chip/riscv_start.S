/* SPDX-License-Identifier: MIT */
/*
 * Where a RISC-V core starts, and where its traps come in: see riscv.h.
 */
#include "riscv_mode.h"

#if __riscv_xlen == 64
#define WORD 8
#define LREG ld
#define SREG sd
#else
#define WORD 4
#define LREG lw
#define SREG sw
#endif
#if __riscv_flen == 64
#define FLREG fld
#define FSREG fsd
#elif __riscv_flen == 32
#define FLREG flw
#define FSREG fsw
#endif

	.equ	FRAME, 20 * WORD		/* struct tl_riscv_frame; a multiple of 16 */
	.equ	FP, 176				/* 20 registers, fcsr */
	.equ	FP_FCSR, 160

	.section .text.start, "ax", @progbits
	.global	_start
	.type	_start, @function
_start:
	csrw	XIE, zero
#if !TL_RISCV_SUPERVISOR			/* else only one hart comes here */
	csrr	a0, mhartid
	bnez	a0, park
#endif
	.option	push
	.option	norelax
	la	gp, __global_pointer$
	.option	pop
	la	sp, __stack_top
	la	tp, __tls_base
	la	t0, tl_vectors			/* for interrupts before tl_init() */
	csrw	XTVEC, t0
#ifdef __riscv_flen
	li	t0, XSTATUS_FS
	csrs	XSTATUS, t0
	fscsr	zero
#endif
	j	tl_riscv_c_start
	/* Only the first hart runs. */
park:
	wfi
	j	park
	.size	_start, . - _start

	.section tl_text, "ax", @progbits

	/* In the order of the frame. */
	.macro	each_register op
	.equ	at, 4 * WORD
	.irp	n, 1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	\op	x\n, at(sp)
	.equ	at, at + WORD
	.endr
	.endm
#ifdef __riscv_flen
	.macro	each_fp op
	.equ	at, 0
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	\op	f\n, at(sp)
	.equ	at, at + 8
	.endr
	.endm
#endif

	/* All but the end of a trap. */
	.macro	serve_trap
	addi	sp, sp, -FRAME
	each_register SREG
	csrr	t0, XEPC
	csrr	t1, XSTATUS
	csrr	t2, XCAUSE
	csrr	t3, XTVAL
	SREG	t0, 0 * WORD(sp)
	SREG	t1, 1 * WORD(sp)
	SREG	t2, 2 * WORD(sp)
	SREG	t3, 3 * WORD(sp)
	mv	a0, sp
	andi	sp, sp, -16
	addi	sp, sp, -16
	SREG	s0, 0(sp)
	mv	s0, a0
#ifdef __riscv_flen
	li	t0, XSTATUS_FS
	and	t0, t0, t1
	beqz	t0, 1f
	addi	sp, sp, -FP
	each_fp FSREG
	fscsr	t0, zero
	sw	t0, FP_FCSR(sp)
1:
#endif
	call	tl_riscv_trap
	LREG	t1, 1 * WORD(s0)
#ifdef __riscv_flen
	li	t0, XSTATUS_FS
	and	t0, t0, t1
	beqz	t0, 1f
	lw	t0, FP_FCSR(sp)
	fscsr	t0
	each_fp FLREG
	addi	sp, sp, FP
1:
#endif
	mv	a0, s0
	LREG	s0, 0(sp)
	mv	sp, a0
	LREG	t0, 0 * WORD(sp)
	csrw	XEPC, t0
	csrw	XSTATUS, t1
	each_register LREG
	addi	sp, sp, FRAME
	.endm

	/*
	 * The agent passes on to here what is not its own, every register as it was. Firmware that
	 * has a tl_chained_trap of its own can come here by the other name.
	 */
	.balign	4
	.weak	tl_chained_trap
	.global	tl_riscv_trapped
	.type	tl_chained_trap, @function
	.type	tl_riscv_trapped, @function
tl_chained_trap:
tl_riscv_trapped:
	serve_trap
	XRET
	.size	tl_chained_trap, . - tl_chained_trap

	/* The same of user mode, if firmware has such code and a vector that tells (trapline.h). */
	.global	tl_chained_user_trap
	.type	tl_chained_user_trap, @function
tl_chained_user_trap:
	serve_trap
	j	tl_return_to_user
	.size	tl_chained_user_trap, . - tl_chained_user_trap
