/* SPDX-License-Identifier: MIT */
/*
 * Into a state and out again: see insn_thumb_run.c. Follows DDI 0403E B1.5 (exception return with a
 * frame that was never stacked).
 *
 * An SVC gives up the proof's own context; its handler loads what is not in the frame, and returns
 * into the case. Whatever exception ends the case stores the same, and returns to the proof.
 */
#include "../target/function.inc"

	.text

	.equ	ICSR, 0xe000ed04

#ifdef __ARM_FP
	.equ	HOME_FP, 1
#else
	.equ	HOME_FP, 0
#endif

	/* void thumb_enter(void): comes back when the case is over. */
	function thumb_enter
	push	{r3-r7, lr}
	mov	r4, r8
	mov	r5, r9
	mov	r6, r10
	mov	r7, r11
	push	{r4-r7}
	.if	HOME_FP
	vpush	{s16-s31}
	.endif
	ldr	r0, =thumb_home
	mov	r1, sp
	str	r1, [r0]
	svc	0
thumb_entered:
	b	thumb_entered

	/* Counts, unless it is ours. */
	function SVC_Handler
	mov	r0, lr
	movs	r1, #4
	tst	r0, r1
	beq	1f
	mrs	r0, psp
	b	2f
1:	mrs	r0, msp
2:	ldr	r1, [r0, #24]
	ldr	r2, =thumb_entered
	cmp	r1, r2
	beq	start
	ldr	r0, =thumb_svcs
	ldr	r1, [r0]
	adds	r1, #1
	str	r1, [r0]
	bx	lr

	/* Order of struct live. */
start:
	.if	HOME_FP
	ldr	r0, =thumb_fp
	vldmia	r0!, {s0-s31}
	ldr	r1, [r0]
	vmsr	fpscr, r1
	.endif
	ldr	r0, =thumb_live
	ldmia	r0!, {r1}
	ldr	r2, =ICSR
	str	r1, [r2]
	ldmia	r0!, {r4-r7}
	mov	r8, r4
	mov	r9, r5
	mov	r10, r6
	mov	r11, r7
	ldmia	r0!, {r4-r7}
	ldmia	r0!, {r1-r3}
	msr	msp, r1
	msr	psp, r2
	mov	lr, r3
	ldmia	r0!, {r1-r3}
	msr	control, r1
	isb
#if __ARM_ARCH > 6
	msr	basepri, r3
#endif
	msr	primask, r2
	bx	lr

	/* The firmware's handler of every fault. */
	function thumb_landed
	ldr	r0, =thumb_live + 4
	mov	r1, r8
	mov	r2, r9
	mov	r3, r10
	mov	r12, r4
	mov	r4, r11
	stmia	r0!, {r1-r4}
	mov	r4, r12
	stmia	r0!, {r4-r7}
	mrs	r1, msp
	mrs	r2, psp
	mov	r3, lr
	stmia	r0!, {r1-r3}
	mrs	r1, control
	mrs	r2, primask
#if __ARM_ARCH > 6
	mrs	r3, basepri
#else
	movs	r3, #0
#endif
	stmia	r0!, {r1-r3}
	.if	HOME_FP
	ldr	r0, =thumb_fp	/* the first stores s0-s15 and FPSCR in the frame, if it has room */
	vstmia	r0!, {s0-s31}
	.endif
	ldr	r0, =thumb_home
	ldr	r0, [r0]
	mov	sp, r0
	bl	thumb_note
	mov	lr, r0			/* EXC_RETURN of the proof's own context */
	mov	r4, r1			/* its xPSR */
	movs	r0, #0
	msr	primask, r0
#if __ARM_ARCH > 6
	msr	basepri, r0
#endif
	msr	control, r0
	isb
	ldr	r3, =home
	push	{r3, r4}		/* PC, xPSR; what else the frame has does not matter */
	sub	sp, #24
	bx	lr
home:
	.if	HOME_FP
	vpop	{s16-s31}
	.endif
	pop	{r4-r7}
	mov	r8, r4
	mov	r9, r5
	mov	r10, r6
	mov	r11, r7
	pop	{r3-r7, pc}
