/* SPDX-License-Identifier: MIT */
/*
 * CSR instructions, and interrupts within interrupts, for traps.c: see check.h.
 */
#include "function.inc"
#include "riscv/xlen.h"

	.equ	MIE, 8
	.equ	MTIE, 128

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
	insn	csrrw	t0, mscratch, a1
	hash
	insn	csrrs	t0, mscratch, a0
	hash
	insn	csrrc	t0, mscratch, a1
	hash
	insn	csrrwi	t0, mscratch, 21
	hash
	insn	csrrsi	t0, mscratch, 10
	hash
	insn	csrrci	t0, mscratch, 3
	hash
	insn	csrr	t0, mscratch
	hash
	insn	csrw	mscratch, a1
	insn	csrrci	t0, mstatus, MIE
	hash
	insn	csrr	t0, mstatus
	hash
	insn	csrrsi	t0, mstatus, MIE
	hash
	insn	csrr	t0, mie
	hash
	insn	csrr	t0, misa
	hash
	insn	csrr	t0, mtvec
1:	insn	auipc	a1, %pcrel_hi(vector)
	insn	addi	a1, a1, %pcrel_lo(1b)
	insn	csrrw	t2, mtvec, a1
	insn	sub	t0, t0, t2		/* 0 */
	hash
	insn	csrrw	t0, mtvec, t2
	insn	sub	t0, t0, a1		/* 0 */
	hash
	insn	csrr	t0, mtvec
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
	li	t0, MTIE
	csrc	mie, t0
	csrsi	mstatus, MIE
	nop
	csrci	mstatus, MIE
	csrs	mie, t0
	LREG	ra, 8(sp)
	addi	sp, sp, 16
	ret
	.size	check_nest, . - check_nest

	end_list code_csr_points
