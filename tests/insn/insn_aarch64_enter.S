/* SPDX-License-Identifier: MIT */
/*
 * Into a state and out again: see insn_aarch64_run.c. Follows the Arm Architecture Reference Manual
 * for A-profile, DDI 0487: D1.4 (exceptions).
 */
#include "insn_aarch64_layout.h"

	.equ	HOME_AT_FP, 12 * 8
	.equ	HOME, HOME_AT_FP + 8 * 8
	.equ	FPEN, 3 << 20

	/* What a C function has to keep. */
	.macro	each_of_home op
	\op	x19, x20, [sp]
	\op	x21, x22, [sp, 2 * 8]
	\op	x23, x24, [sp, 4 * 8]
	\op	x25, x26, [sp, 6 * 8]
	\op	x27, x28, [sp, 8 * 8]
	\op	x29, x30, [sp, 10 * 8]
	\op	d8, d9, [sp, HOME_AT_FP]
	\op	d10, d11, [sp, HOME_AT_FP + 2 * 8]
	\op	d12, d13, [sp, HOME_AT_FP + 4 * 8]
	\op	d14, d15, [sp, HOME_AT_FP + 6 * 8]
	.endm

	.macro	each_q op, base
	.irp	n, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
	.altmacro
	q_pair	\op, \base, \n, %(\n + 1)
	.noaltmacro
	.endr
	.endm
	.macro	q_pair op, base, n, m
	\op	q\n, q\m, [\base, CPU_Q(\n)]
	.endm
	/* But for x0 to x3. */
	.macro	each_x op, op1, base
	.irp	n, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28
	.altmacro
	x_pair	\op, \base, \n, %(\n + 1)
	.noaltmacro
	.endr
	\op1	x30, [\base, CPU_X(30)]
	.endm
	.macro	x_pair op, base, n, m
	\op	x\n, x\m, [\base, CPU_X(\n)]
	.endm

	.section tl_text, "ax", %progbits

	/* void a64_enter(const struct cpu *from): with interrupts masked; comes back so when the
	 * case is over. */
	.global	a64_enter
	.type	a64_enter, %function
a64_enter:
	sub	sp, sp, HOME
	each_of_home stp
	mov	x1, sp
	adrp	x2, a64_home
	str	x1, [x2, :lo12:a64_home]
	each_q	ldp, x0
	ldp	x1, x2, [x0, CPU_FPSR]
	msr	fpsr, x1
	msr	fpcr, x2
	ldr	x1, [x0, CPU_CPACR]
	msr	cpacr_el1, x1
	isb
	ldp	x1, x2, [x0, CPU_PC]
	msr	elr_el1, x1
	msr	spsr_el1, x2
	ldp	x1, x2, [x0, CPU_SP_EL1]
	msr	sp_el0, x2
	mov	sp, x1
	each_x	ldp, ldr, x0
	ldp	x2, x3, [x0, CPU_X(2)]
	ldp	x0, x1, [x0, CPU_X(0)]
	eret
	.size	a64_enter, . - a64_enter

	/* Whatever ends a case. */
	.type	ended, %function
ended:
	sub	sp, sp, 16
	stp	x0, x1, [sp]
	adrp	x0, a64_ended
	add	x0, x0, :lo12:a64_ended
	each_x	stp, str, x0
	stp	x2, x3, [x0, CPU_X(2)]
	ldp	x2, x3, [sp], 16
	stp	x2, x3, [x0, CPU_X(0)]
	mov	x1, sp
	mrs	x2, sp_el0
	stp	x1, x2, [x0, CPU_SP_EL1]
	mrs	x1, elr_el1
	mrs	x2, spsr_el1
	stp	x1, x2, [x0, CPU_PC]
	mrs	x1, cpacr_el1
	str	x1, [x0, CPU_CPACR]
	mov	x1, FPEN
	msr	cpacr_el1, x1
	isb
	each_q	stp, x0
	mrs	x1, fpsr
	mrs	x2, fpcr
	stp	x1, x2, [x0, CPU_FPSR]
	msr	fpcr, xzr
	adrp	x1, a64_home
	ldr	x1, [x1, :lo12:a64_home]
	mov	sp, x1
	each_of_home ldp
	add	sp, sp, HOME
	ret
	.size	ended, . - ended

	/* The firmware's own table: exceptions end a case, interrupts are the board's. */
	.macro	vector to
	.balign	0x80
	b	\to
	.endm
	.balign	0x800
	.global	tl_chained_vectors
	.type	tl_chained_vectors, %function
tl_chained_vectors:
	.irp	from, 0x000, 0x200, 0x400
	vector	ended
	vector	tl_a64_vectors + \from + 0x080
	vector	tl_a64_vectors + \from + 0x100
	vector	tl_a64_vectors + \from + 0x180
	.endr
	.irp	from, 0x600, 0x680, 0x700, 0x780
	vector	tl_a64_vectors + \from
	.endr
	.size	tl_chained_vectors, . - tl_chained_vectors

	/* Vectors that go on to the agent: see arch/aarch64/vectors.S. */
	.balign	0x800
	.global	a64_vectors
	.type	a64_vectors, %function
a64_vectors:
	.irp	from, 0x000, 0x200, 0x400
	.if	\from == 0x200
	vector	tl_trap_entry
	.else
	vector	tl_trap_entry_other
	.endif
	vector	tl_chained_vectors + \from + 0x080
	vector	tl_chained_vectors + \from + 0x100
	vector	tl_chained_vectors + \from + 0x180
	.endr
	.size	a64_vectors, . - a64_vectors
