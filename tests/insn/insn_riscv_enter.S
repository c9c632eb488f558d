/* SPDX-License-Identifier: MIT */
/*
 * Into a state and out again: see insn_riscv_run.c. Follows the RISC-V Instruction Set Manual,
 * volume II, 20211203: 3.1.6 (mstatus), 3.3.2 (MRET).
 */
#include "insn_riscv_layout.h"

	.option	arch, +d			/* the core has it, whatever else is built for */

	.equ	HOME_AT_FP, 16 * RISCV_WORD
	.equ	HOME, HOME_AT_FP + 12 * 8

	/* What a C function has to keep. */
	.macro	each_of_home op, fop
	.equ	at, 0
	.irp	n, 1, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	\op	x\n, at(sp)
	.equ	at, at + RISCV_WORD
	.endr
	.equ	at, HOME_AT_FP
	.irp	n, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	\fop	f\n, at(sp)
	.equ	at, at + 8
	.endr
	.endm

	.macro	each_f op, base
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	f\n, CPU_F(\n)(\base)
	.endr
	.endm

	.text

	/* void riscv_enter(const struct cpu *from): with interrupts masked; comes back so when
	 * the case is over. */
	.global	riscv_enter
	.type	riscv_enter, @function
riscv_enter:
	li	t0, RISCV_STATUS_FS
	csrs	mstatus, t0
	addi	sp, sp, -HOME
	each_of_home SREG, fsd
	la	t0, riscv_home
	SREG	sp, 0(t0)

	each_f	fld, a0
	LREG	t0, CPU_FCSR(a0)
	LREG	t1, CPU_PC(a0)
	LREG	t2, CPU_MSTATUS(a0)
	csrw	fcsr, t0
	csrw	mepc, t1
	csrw	mstatus, t2
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 10
	LREG	x\n, CPU_X(\n)(a0)
	.endr
	mret
	.size	riscv_enter, . - riscv_enter

	/* The firmware's handler of every exception. Interrupts are the board's. */
	.global	tl_chained_trap
	.type	tl_chained_trap, @function
tl_chained_trap:
	addi	sp, sp, -16
	SREG	t0, 0(sp)
	csrr	t0, mcause
	bltz	t0, interrupt
	la	t0, riscv_ended
	.irp	n, 1, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	SREG	x\n, CPU_X(\n)(t0)
	.endr
	LREG	t1, 0(sp)
	addi	sp, sp, 16
	SREG	t1, CPU_X(5)(t0)
	SREG	sp, CPU_X(2)(t0)
	csrr	t1, mepc
	csrr	t2, mstatus
	SREG	t1, CPU_PC(t0)
	SREG	t2, CPU_MSTATUS(t0)
	li	t1, RISCV_STATUS_FS
	csrs	mstatus, t1
	each_f	fsd, t0
	csrr	t1, fcsr
	SREG	t1, CPU_FCSR(t0)
	csrw	fcsr, zero

	la	t0, riscv_home
	LREG	sp, 0(t0)
	each_of_home LREG, fld
	addi	sp, sp, HOME
	ret
interrupt:
	LREG	t0, 0(sp)
	addi	sp, sp, 16
	j	tl_riscv_trapped
	.size	tl_chained_trap, . - tl_chained_trap

	.balign	64
	.global	riscv_vectors
	.type	riscv_vectors, @function
riscv_vectors:
	j	tl_trap_entry
	.size	riscv_vectors, . - riscv_vectors
