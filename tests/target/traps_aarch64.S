/* SPDX-License-Identifier: MIT */
/*
 * Instructions for registers of the system, and interrupts within interrupts, for traps.c: see
 * check.h.
 */
#include "function.inc"

	/* An instruction, listed in code_csr_points. */
	.macro	insn text:vararg
	listed	code_csr_points, \text
	.endm

	list	code_csr_points

	.section .text.csr, "ax", %progbits

	/* What was read last goes into a hash, in x0. */
	.macro	hash
	insn	eor	x0, x0, x0, lsl 5
	insn	add	x0, x0, x3
	.endm

	.global	code_csr
	.type	code_csr, %function
code_csr:
	insn	mov	x1, x0
	insn	mrs	x3, tpidr_el1
	hash
	insn	msr	tpidr_el1, x0
	insn	mrs	x3, tpidr_el1
	hash
	insn	msr	tpidr_el1, x1
	insn	mrs	x4, daif
	insn	msr	daifset, 3
	insn	mrs	x3, daif
	hash
	insn	msr	daifclr, 2
	insn	mrs	x3, daif
	hash
	insn	msr	daif, x4
	insn	msr	nzcv, x1
	insn	mrs	x3, nzcv
	hash
	insn	mrs	x3, currentel
	hash
	insn	mrs	x3, spsel
	hash
	insn	mrs	x3, sp_el0
	insn	msr	sp_el0, x1
	insn	mrs	x2, sp_el0
	insn	msr	sp_el0, x3
	insn	mov	x3, x2
	hash
	insn	mrs	x3, cpacr_el1
	hash
	insn	isb
	insn	mrs	x3, vbar_el1
	insn	adrp	x1, vectors
	insn	add	x1, x1, :lo12:vectors
	insn	msr	vbar_el1, x1
	insn	isb
	insn	mrs	x2, vbar_el1
	insn	msr	vbar_el1, x3
	insn	isb
	insn	sub	x3, x2, x1		/* 0 */
	hash
	insn	ret
	.size	code_csr, . - code_csr

	/* Firmware's own vectors: see arch/aarch64/vectors.S. */
	.pushsection tl_text, "ax", %progbits
	.macro	vector to
	.balign	0x80
	b	\to
	.endm
	.balign	0x800
vectors:
	vector	tl_trap_entry_other
	vector	tl_chained_vectors + 0x080
	vector	tl_chained_vectors + 0x100
	vector	tl_chained_vectors + 0x180
	vector	tl_trap_entry
	vector	tl_chained_vectors + 0x280
	vector	tl_chained_vectors + 0x300
	vector	tl_chained_vectors + 0x380
	vector	tl_trap_entry_other
	vector	tl_chained_vectors + 0x480
	vector	tl_chained_vectors + 0x500
	vector	tl_chained_vectors + 0x580
	.popsection

	/* void check_nest(void): into an interrupt handler comes another, but not the timer's. */
	.global	check_nest
	.type	check_nest, %function
check_nest:
	stp	x29, x30, [sp, -16]!
	mov	x0, 3				/* on, and masked */
	msr	cntv_ctl_el0, x0
	isb
	bl	check_switch
	msr	daifclr, 2
	isb
	msr	daifset, 2
	mov	x0, 1
	msr	cntv_ctl_el0, x0
	ldp	x29, x30, [sp], 16
	ret
	.size	check_nest, . - check_nest

	end_list code_csr_points
