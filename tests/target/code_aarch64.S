/* SPDX-License-Identifier: MIT */
/*
 * Functions of known instructions for AArch64: see check.h.
 */
#include "code.inc"

	.arch_extension simd

	/* RAM, devices and gaps are the board's affair: there is nothing at these on any. */
	.global	place_unmapped, place_device
	.set	place_unmapped, 0x80000000
	.set	place_device, 0x80001000

	function code_add
	insn	add	x0, x0, x1
	label	code_add_return
	insn	ret

	function code_load
	insn	ldr	x0, [x0]
	label	code_load_return
	insn	ret

	function code_sum
	insn	mov	x1, 0
1:	insn	add	x1, x1, x0
	insn	sub	x0, x0, 1
	insn	cbnz	x0, 1b
	insn	mov	x0, x1
	insn	ret

	/* What is behind the probe hangs on what is before it. */
	function code_wide
	insn	mov	x1, 0
1:	insn	add	x1, x1, x0
	insn	subs	x0, x0, 1
	label	code_wide_inside
	insn	add	x2, x1, 0
	insn	b.ne	1b
	insn	add	x0, x2, 0
	insn	ret

	function code_chain
	insn	stp	x29, x30, [sp, -16]!
	label	code_chain_call
	insn	bl	code_add
	insn	add	x0, x0, 1
	insn	ldp	x29, x30, [sp], 16
	label	code_chain_return
	insn	ret

	function code_keeps
	mov	x9, x30
	ret	x9

	function code_predicated
	insn	mov	x1, x0
	insn	cmp	x1, 0
	insn	b.mi	1f
	insn	cset	x0, ne
	insn	ret
1:	insn	mov	x0, -1
	insn	ret

	function code_dispatch
	insn	cmp	x0, 2
	insn	b.hi	9f
	insn	adr	x1, 4f
	insn	ldrsw	x0, [x1, x0, lsl 2]
	insn	add	x0, x0, x1
	insn	br	x0
	.balign	4
4:	.word	1f - 4b, 2f - 4b, 3f - 4b
1:	insn	hint	36			/* bti j */
	insn	mov	x0, 10
	insn	ret
2:	insn	hint	36
	insn	mov	x0, 20
	insn	ret
3:	insn	hint	36
	insn	mov	x0, 30
	insn	ret
9:	insn	mov	x0, 0
	insn	ret

	function code_masked
	insn	mrs	x2, daif
	insn	msr	daifset, 2
	label	code_masked_inside
	insn	add	x0, x0, x1
	insn	msr	daif, x2
	insn	ret

	function code_exclusive
1:	insn	ldxr	x1, [x0]
	insn	add	x1, x1, 1
	label	code_exclusive_inside
	insn	stxr	w2, x1, [x0]
	insn	cmp	w2, 0
	label	code_exclusive_end
	insn	cbnz	w2, 1b
	insn	mov	x0, x1
	insn	ret

	label	code_break
	brk	0
	label	code_undefined
	udf	0
	.balign	4
	.global	code_data
code_data:
	.word	0x0001b001
	.global	code_end
code_end:

	/* The stack pointer has no other alignment than one. */
	function code_misaligned
	stp	x29, x30, [sp, -16]!
	bl	code_sum
	ldp	x29, x30, [sp], 16
	ret

	function code_trap_state
	stp	x29, x30, [sp, -16]!
	msr	daifset, 2
	bl	code_restores
	mrs	x0, elr_el1
	msr	daifclr, 2
within:	ldp	x29, x30, [sp], 16
	ret
	function code_restores
	msr	elr_el1, x0
	ret

	/* A handler of interrupts that leaves ELR and SPSR in the core. */
	.type	handler, %function
handler:
	stp	x9, x30, [sp, -16]!
	.rept	40				/* farther than decode() looks for ERET */
	mov	x9, 0
	.endr
	bl	1f
	eret
1:	ret

	list	code_no_returns
	.pushsection .rodata.code_no_returns
	ADDR	within, handler
	.popsection
	end_list code_no_returns

	/*
	 * bool run_as_task(fn, arg, uintptr_t *result): at EL0, on a stack that it may use. It
	 * comes back by SVC, after which check_aarch64.c goes on at EL1.
	 */
	function run_as_task
	stp	x29, x30, [sp, -32]!
	stp	x19, x20, [sp, 16]
	mov	x19, sp
	mov	x20, x2
	msr	daifset, 2
	adr	x3, 1f
	msr	elr_el1, x3
	msr	spsr_el1, xzr			/* EL0, nothing masked */
	adrp	x3, task_stack_top
	add	x3, x3, :lo12:task_stack_top
	msr	sp_el0, x3
	mov	x3, x0
	mov	x0, x1
	eret
1:	blr	x3
	mov	x8, 0
	svc	0
	str	x0, [x20]
	mov	x0, 1
	ldp	x19, x20, [sp, 16]
	ldp	x29, x30, [sp], 32
	ret

	list	code_fp_points

	.macro	each_fp op, base
	.irp	n, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
	.altmacro
	fp_pair	\op, \base, \n, %(\n + 1)
	.noaltmacro
	.endr
	.endm
	.macro	fp_pair op, base, n, m
	\op	q\n, q\m, [\base, \n * 16]
	.endm

	/* q0 to q31, then the flags of FPSR and the rounding mode of FPCR in one word. */
	function code_fp
	sub	sp, sp, 528
	each_fp	stp, sp
	str	x30, [sp, 512]
	each_fp	ldp, x0
	ldr	w2, [x0, 512]
	and	w3, w2, 0x1f
	msr	fpsr, x3
	and	w2, w2, 3 << 22
	msr	fpcr, x2
	fp_insn	mov	x3, x1
	fp_insn	ldr	d0, 3f
	fp_insn	ldr	q0, 3f
	fp_insn	str	q1, [sp, -16]!
	fp_insn	ldr	q1, [sp], 16
	fp_insn	bl	2f
	fp_insn	mrs	x2, fpcr
	fp_insn	mrs	x4, fpsr
	each_fp	stp, x3
	orr	w2, w2, w4
	str	w2, [x3, 512]
	ldr	x30, [sp, 512]
	each_fp	ldp, sp
	add	sp, sp, 528
	ret
2:	fp_insn	fcmp	d0, d0
	fp_insn	fadd	v0.2d, v0.2d, v0.2d
	fp_insn	b.vs	2b
	fp_insn	ret

	/* Text is for EL0 to execute alone. */
	.pushsection .rodata.code_fp, "a", %progbits
	.balign	16
3:	.8byte	0x400921fb54442d18, 0x3ff0000000000000
	.popsection

	/* Saves every FP register, spoils all, and puts them back. */
	function check_spoil_fp
	sub	sp, sp, 528
	each_fp	stp, sp
	mrs	x0, fpcr
	mrs	x1, fpsr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	movi	v\n\().16b, 0xa5
	.endr
	msr	fpcr, xzr
	msr	fpsr, xzr
	msr	fpcr, x0
	msr	fpsr, x1
	each_fp	ldp, sp
	add	sp, sp, 528
	ret

	end_list code_fp_points

	.section .bss.task, "aw", %nobits
	.balign	16
	.space	2048
task_stack_top:

	end_list code_points
