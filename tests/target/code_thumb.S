/* SPDX-License-Identifier: MIT */
/*
 * Functions of known instructions for Cortex-M: see check.h.
 */
#include "code.inc"

	.global	place_unmapped, place_device
	.set	place_unmapped, 0x70000000	/* external RAM: none has so much */
	.set	place_device, 0x40004000

	function code_add
	insn	adds	r0, r0, r1
	label	code_add_return
	insn	bx	lr

	function code_load
	insn	ldr	r0, [r0]
	label	code_load_return
	insn	bx	lr

	function code_sum
#if __ARM_ARCH == 6
	label	code_wide
#endif
	insn	movs	r1, #0
1:	insn	adds	r1, r1, r0
	insn	subs	r0, #1
#if __ARM_ARCH == 6
	label	code_wide_inside
#endif
	insn	bne	1b
	insn	mov	r0, r1
	insn	bx	lr

#if __ARM_ARCH > 6
	/* Flags, and what is behind the probe, hang on what is before it. */
	function code_wide
	insn	mov.w	r1, #0
1:	insn	add.w	r1, r1, r0
	insn	subs.w	r0, r0, #1
	label	code_wide_inside
	insn	mov.w	r2, r1
	insn	bne.w	1b
	insn	mov.w	r0, r2
	insn	bx	lr

	/* Where a breakpoint would lock the core up. */
	function code_untrappable
	push	{r4, lr}
	cpsid	f
	bl	code_wide
	cpsie	f
	pop	{r4, pc}
#endif

	function code_chain
	insn	push	{r4, lr}
	label	code_chain_call
	insn	bl	code_add
	insn	adds	r0, #1
	label	code_chain_return
	insn	pop	{r4, pc}

	function code_keeps
	mov	r1, lr
	bx	r1

#if __ARM_ARCH == 6
	function code_predicated
	insn	cmp	r0, #0
	insn	blt	1f
	insn	beq	2f
	insn	movs	r0, #1
2:	insn	bx	lr
1:	insn	movs	r0, #0
	insn	mvns	r0, r0
	insn	bx	lr
#else
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
#endif

	function code_dispatch
	insn	cmp	r0, #2
	insn	bhi	9f
#if __ARM_ARCH == 6
	insn	lsls	r0, r0, #2
	insn	add	r0, pc
	insn	adds	r0, #2
	insn	mov	pc, r0
#else
	insn	tbb	[pc, r0]
	.byte	(1f - . + 0) / 2, (2f - . + 1) / 2, (3f - . + 2) / 2, 0
#endif
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
	label	code_masked_inside
	insn	adds	r0, r0, r1
	insn	msr	primask, r2
	insn	bx	lr

#if __ARM_ARCH > 6
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

#endif

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

	/* bool run_as_task(fn, arg, uintptr_t *result): PSP, unprivileged; comes back by SVC,
	 * which makes it privileged again. */
	function run_as_task
	push	{r4-r6, lr}
	mov	r4, r0
	mov	r6, r2
	ldr	r3, =task_stack_top
	msr	psp, r3
#if __ARM_ARCH >= 8
	ldr	r3, =task_stack
	msr	psplim, r3
#endif
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
#if __ARM_ARCH >= 8
	msr	psplim, r3
#endif
	str	r5, [r6]
	movs	r0, #1
	pop	{r4-r6, pc}
	.ltorg

	/* SVC where it cannot be taken: HardFault, with no bit set that tells it from a
	 * breakpoint's. The handler skips the nop. */
	function code_escalate
	mrs	r2, primask
	cpsid	i
	svc	0
	nop
	msr	primask, r2
	bx	lr

#if __ARM_ARCH > 6
	/* An exception whose frame cannot be stacked. Comes back by code_stack_error_entry, its
	 * handler. */
	function code_stack_error
	push	{r4-r11, lr}
	ldr	r3, =place_unmapped
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
#endif

#ifdef __ARM_FP
	list	code_fp_points

	/* s0-s31, then FPSCR. */
	function code_fp
	push	{r4, lr}
	vpush	{s16-s31}
	vldm	r0!, {s0-s31}
	ldr	r2, [r0]
	vmsr	fpscr, r2
	fp_insn	mov	r3, r1
	fp_insn	vldr	s0, 1f
	fp_insn	vpush	{s0, s1}
	fp_insn	vpop	{s0, s1}
	fp_insn	bl	2f
	fp_insn	vmrs	r2, fpscr
	vstm	r3!, {s0-s31}
	str	r2, [r3]
	vpop	{s16-s31}
	pop	{r4, pc}
	fp_insn	nop
2:	fp_insn	push	{r4, lr}
	fp_insn	it	vs
	fp_insn	vmovvs	s1, s2
	fp_insn	pop	{r4, pc}
	.balign	4
1:	.word	0x40490fdb

	end_list code_fp_points
#endif

	.section .text.svc, "ax", %progbits
	label	check_isr
	function SVC_Handler
	mrs	r0, control
	movs	r1, #1
	bics	r0, r1
	msr	control, r0
	bx	lr

	/* The firmware's fault handler: hands the frame and EXC_RETURN to C. */
	function check_fault_entry
	mov	r0, lr
	lsls	r0, r0, #29
	bmi	1f
	mrs	r0, msp
	b	2f
1:	mrs	r0, psp
2:	ldr	r1, =check_fault_c
	bx	r1
	.ltorg

	.section .bss.task, "aw", %nobits
	.balign	8
task_stack:
	.space	1024
task_stack_top:

	end_list code_points
