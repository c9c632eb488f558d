/* SPDX-License-Identifier: MIT */
/*
 * CSR instructions, and interrupts within interrupts, for traps.c: see check.h.
 */
#include "function.inc"
#include "riscv/xlen.h"
#include "riscv_mode.h"

	.equ	TIE, 1 << TIMER_INTERRUPT

	/* An instruction, listed in code_csr_points. */
	.macro	insn text:vararg
	listed	code_csr_points, \text
	.endm

	list	code_csr_points

	.section .text.csr, "ax", @progbits
	.option	norelax

	/* What was read last goes into a hash, in a0. */
	.macro	hash
	insn	slli	t1, a0, 5
	insn	xor	a0, a0, t1
	insn	add	a0, a0, t0
	.endm

	.global	code_csr
	.type	code_csr, @function
code_csr:
	insn	mv	a1, a0
	insn	csrrw	t0, XSCRATCH, a1
	hash
	insn	csrrs	t0, XSCRATCH, a0
	hash
	insn	csrrc	t0, XSCRATCH, a1
	hash
	insn	csrrwi	t0, XSCRATCH, 21
	hash
	insn	csrrsi	t0, XSCRATCH, 10
	hash
	insn	csrrci	t0, XSCRATCH, 3
	hash
	insn	csrr	t0, XSCRATCH
	hash
	insn	csrw	XSCRATCH, a1
	insn	csrrci	t0, XSTATUS, XSTATUS_IE
	hash
	insn	csrr	t0, XSTATUS
	hash
	insn	csrrsi	t0, XSTATUS, XSTATUS_IE
	hash
	insn	csrr	t0, XIE
	hash
#if TL_RISCV_SUPERVISOR
	insn	csrr	t0, satp
#else
	insn	csrr	t0, misa
#endif
	hash
	insn	csrr	t0, XTVEC
1:	insn	auipc	a1, %pcrel_hi(vector)
	insn	addi	a1, a1, %pcrel_lo(1b)
	insn	csrrw	t2, XTVEC, a1
	insn	sub	t0, t0, t2		/* 0 */
	hash
	insn	csrrw	t0, XTVEC, t2
	insn	sub	t0, t0, a1		/* 0 */
	hash
	insn	csrr	t0, XTVEC
	hash
	insn	ret
	.size	code_csr, . - code_csr

	/* Firmware's own vector: see arch/riscv/vectors.S. */
	.pushsection tl_text, "ax", @progbits
	.balign	64
vector:
	j	tl_trap_entry
	.popsection

	/* void check_nest(void): into an interrupt handler comes another, but not the timer's. */
	.global	check_nest
	.type	check_nest, @function
check_nest:
	addi	sp, sp, -16
	SREG	ra, 8(sp)
	call	check_switch
	li	t0, TIE
	csrc	XIE, t0
	csrsi	XSTATUS, XSTATUS_IE
	nop
	csrci	XSTATUS, XSTATUS_IE
	csrs	XIE, t0
	LREG	ra, 8(sp)
	addi	sp, sp, 16
	ret
	.size	check_nest, . - check_nest

	end_list code_csr_points
