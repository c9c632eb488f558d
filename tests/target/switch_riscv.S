/* SPDX-License-Identifier: MIT */
/*
 * The part of tasks_riscv.c that must be assembly: see there.
 */
#include "function.inc"
#include "riscv/xlen.h"
#include "riscv_mode.h"

#if __riscv_flen == 64
#define FLREG fld
#define FSREG fsd
#elif __riscv_flen == 32
#define FLREG flw
#define FSREG fsw
#endif

	.equ	SAVED, 16 * WORD + 96		/* ra, s0-s11; fs0-fs11 */

	.section .text.switch, "ax", @progbits

	.macro	each_kept op, fop
	\op	ra, 0(sp)
	.equ	at, WORD
	.irp	n, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	\op	x\n, at(sp)
	.equ	at, at + WORD
	.endr
#ifdef __riscv_flen
	.equ	at, 16 * WORD
	.irp	n, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	\fop	f\n, at(sp)
	.equ	at, at + 8
	.endr
#endif
	.endm

	/* void check_switch_from(void): returns in the task that goes on. */
	.global	check_switch_from
	.type	check_switch_from, @function
check_switch_from:
	addi	sp, sp, -SAVED
	each_kept SREG, FSREG
	mv	a0, sp
	call	check_next
	LREG	sp, 0(a0)
	each_kept LREG, FLREG
	addi	sp, sp, SAVED
	ret
	.size	check_switch_from, . - check_switch_from

	/* The first turn of a task: out of the trap in which it got it. s0: its function, s1:
	 * the argument, s2: where to then, s3: stack. */
	.global	check_start_task
	.type	check_start_task, @function
check_start_task:
#if !TL_RISCV_SUPERVISOR
	li	t0, -1		/* user mode may use all of memory: NAPOT, read, write, execute */
	csrw	pmpaddr0, t0
	li	t0, 0x1f
	csrw	pmpcfg0, t0
#endif
	li	t0, XSTATUS_PP			/* user mode */
	csrc	XSTATUS, t0
	li	t0, XSTATUS_PIE
	csrs	XSTATUS, t0
	csrw	XEPC, s0
	mv	a0, s1
	mv	ra, s2
	mv	sp, s3
	XRET
	.size	check_start_task, . - check_start_task
