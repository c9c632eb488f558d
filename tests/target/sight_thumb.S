/* SPDX-License-Identifier: MIT */
/*
 * For seen.c: calls to the supervisor, and a load that faults, of 4 bytes, whose second half alone
 * would be another instruction.
 */
	.syntax	unified
	.thumb
	.section .text.sight, "ax", %progbits

	.macro	function name
	.global	\name
	.type	\name, %function
	.thumb_func
\name:
	.endm

#if __ARM_ARCH > 6
	/* uintptr_t sight_call(void): number 7. The same with number 9 if n is not 0, in a lane
	 * of an IT block; else 5. */
	function sight_call
	.global	sight_call_itself, sight_call_lane
sight_call_itself:
	svc	#7
	nop				/* the handler of one that cannot be taken skips it */
	bx	lr
	function sight_call_if
	cmp	r0, #0
	ite	eq
	moveq	r0, #5
sight_call_lane:
	svcne	#9
	bx	lr

	/* Notes the PC that the call left, and the number in the text before it; the result is
	 * that and 100. */
	function sight_supervisor
	tst	lr, #4
	ite	eq
	mrseq	r0, msp
	mrsne	r0, psp
	ldr	r1, [r0, #24]
	ldr	r2, =check_call
	str	r1, [r2, #4]
	ldrb	r1, [r1, #-2]
	str	r1, [r2, #8]
	adds	r1, #100
	str	r1, [r0]
	ldr	r1, [r2]
	adds	r1, #1
	str	r1, [r2]
	mrs	r0, control
	bic	r0, #1
	msr	control, r0
	bx	lr
	.ltorg
#endif

	/* What its load left in r0; and r4, if somebody took the load for one of 2 bytes: d0f8
	 * 0004, of which the latter is movs r4, r0. */
	function sight_load
	push	{r4, lr}
	movs	r4, #0
	.global	sight_load_itself
sight_load_itself:
#if __ARM_ARCH > 6
	ldr.w	r0, [r0, #4]
#else
	ldr	r0, [r0, #4]
#endif
	add	r0, r4
	pop	{r4, pc}
