/* SPDX-License-Identifier: MIT */
/*
 * Functions of known instructions for Cortex-M: see check.h. In a section of its own so that objdump lists just them.
 */
	.syntax	unified
	.thumb
	.section .text.code, "ax", %progbits

	.macro	function name
	.global	\name
	.type	\name, %function
	.thumb_func
\name:
	.endm
	.macro	label name
	.global	\name
	.thumb_func
\name:
	.endm

	/* An instruction, listed in code_points. */
	.macro	insn text:vararg
7777:	\text
	.pushsection .rodata.code_points, "a", %progbits
	.word	7777b
	.popsection
	.endm

	.section .rodata.code_points, "a", %progbits
	.global	code_points
code_points:
	.section .text.code

	function code_add
	insn	adds	r0, r0, r1
	label	code_add_return
	insn	bx	lr

	function code_load
	insn	ldr	r0, [r0]
	label	code_load_return
	insn	bx	lr

	function code_sum
	insn	movs	r1, #0
1:	insn	adds	r1, r1, r0
	insn	subs	r0, #1
	insn	bne	1b
	insn	mov	r0, r1
	insn	bx	lr

	function code_chain
	insn	push	{r4, lr}
	insn	bl	code_add
	insn	adds	r0, #1
	label	code_chain_return
	insn	pop	{r4, pc}

	function code_predicated
	insn	cmp	r0, #0
	insn	itee	lt
	insn	movlt	r0, #-1
	label	code_predicated_false
	insn	cmpge	r0, #1
	insn	movge	r0, #1
	insn	it	lt
	insn	bxlt	lr
	insn	bx	lr

	function code_dispatch
	insn	cmp	r0, #2
	insn	bhi	9f
	insn	tbb	[pc, r0]
	.byte	(1f - . + 0) / 2, (2f - . + 1) / 2, (3f - . + 2) / 2, 0
1:	insn	movs	r0, #10
	insn	bx	lr
2:	insn	movs	r0, #20
	insn	bx	lr
3:	insn	movs	r0, #30
	insn	bx	lr
9:	insn	movs	r0, #0
	insn	bx	lr

	function code_masked
	insn	mrs	r2, primask
	insn	cpsid	i
	insn	adds	r0, r0, r1
	insn	msr	primask, r2
	insn	bx	lr

	function code_exclusive
1:	insn	ldrex	r1, [r0]
	insn	adds	r1, #1
	label	code_exclusive_inside
	insn	strex	r2, r1, [r0]
	insn	cmp	r2, #0
	label	code_exclusive_end
	insn	bne	1b
	insn	mov	r0, r1
	insn	bx	lr

	label	code_break
	bkpt	0
	label	code_undefined
	udf	3
	.global	code_data
code_data:
	.word	0xb001b001
	.global	code_end
code_end:

	function code_misaligned
	push	{r4, lr}
	sub	sp, #4
	bl	code_sum
	add	sp, #4
	pop	{r4, pc}

	/* bool run_as_task(fn, arg, uintptr_t *result): PSP, unprivileged; comes back by SVC, which makes it privileged again. */
	function run_as_task
	push	{r4-r6, lr}
	mov	r4, r0
	mov	r6, r2
	ldr	r3, =task_stack_top
	msr	psp, r3
	movs	r3, #3
	msr	control, r3
	isb
	mov	r0, r1
	blx	r4
	mov	r5, r0
	svc	0
	movs	r3, #0
	msr	control, r3
	isb
	str	r5, [r6]
	movs	r0, #1
	pop	{r4-r6, pc}
	.ltorg

	/* SVC where it cannot be taken: HardFault, with no bit set that tells it from a breakpoint's. The handler skips the nop. */
	function code_escalate
	mrs	r2, primask
	cpsid	i
	svc	0
	nop
	msr	primask, r2
	bx	lr

	/* An exception whose frame cannot be stacked. Comes back by code_stack_error_entry, its handler. */
	function code_stack_error
	push	{r4-r11, lr}
	mov	r3, #0x50000000
	msr	psp, r3
	movs	r3, #2
	msr	control, r3
	isb
	svc	0
	function code_stack_error_entry
	ldr	r1, =0xe000ed28		/* CFSR, then HFSR */
	ldrd	r2, r3, [r1]
	strd	r2, r3, [r1]
	mrs	r3, ipsr
	ldr	r1, =check_fault
	ldr	r0, [r1]
	adds	r0, #1
	strd	r0, r3, [r1]
	str	r2, [r1, #16]
	ldr	r1, =1f
	mov	r2, #0x01000000
	push	{r1, r2}
	sub	sp, #24
	mvn	lr, #6			/* to thread mode, on MSP */
	bx	lr
1:	pop	{r4-r11, pc}
	.ltorg

	.section .text.svc, "ax", %progbits
	function SVC_Handler
	mrs	r0, control
	bic	r0, #1
	msr	control, r0
	bx	lr

	/* The firmware's fault handler: hands the frame and EXC_RETURN to C. */
	function check_fault_entry
	tst	lr, #4
	ite	eq
	mrseq	r0, msp
	mrsne	r0, psp
	b	check_fault_c

	.section .bss.task, "aw", %nobits
	.balign	8
	.space	1024
task_stack_top:

	.section .rodata.code_points
	.word	0
