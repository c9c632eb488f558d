/* SPDX-License-Identifier: MIT */
/*
 * The part of tasks_thumb.c that must be assembly: see tasks.h. In instructions that every Cortex-M
 * has, but for FP.
 */
	.syntax	unified
	.thumb
	.section .text.switch, "ax", %progbits

	/* r4-r11, and s16-s31 of a task that uses FP, go onto its stack; the hardware has put
	 * the rest there. */
	.global	PendSV_Handler
	.type	PendSV_Handler, %function
PendSV_Handler:
	mrs	r0, psp
#ifdef __ARM_FP
	tst	lr, #16
	it	eq
	vstmdbeq r0!, {s16-s31}
#endif
	subs	r0, #32
	mov	r1, r0
	stm	r1!, {r4-r7}
	mov	r4, r8
	mov	r5, r9
	mov	r6, r10
	mov	r7, r11
	stm	r1!, {r4-r7}
	mrs	r1, control
	mov	r2, lr
	bl	check_next
	ldm	r0!, {r1-r3}			/* psp, control, exc_return */
	msr	control, r2
	isb
	mov	lr, r3
	mov	r0, r1
	adds	r0, #16
	ldm	r0!, {r4-r7}
	mov	r8, r4
	mov	r9, r5
	mov	r10, r6
	mov	r11, r7
	ldm	r1!, {r4-r7}
#ifdef __ARM_FP
	tst	lr, #16
	it	eq
	vldmiaeq r0!, {s16-s31}
#endif
	msr	psp, r0
	bx	lr
	.size	PendSV_Handler, . - PendSV_Handler

	/* void check_run_main(fn): runs fn() on PSP, where MSP was; handlers get what lies 1 KB
	 * below. While both are the same an interrupt
	   would write over what it has interrupted. */
	.global	check_run_main
	.type	check_run_main, %function
check_run_main:
	push	{r4, lr}
	mrs	r1, msp
	msr	psp, r1
	movs	r2, #2				/* SPSEL */
	cpsid	i
	msr	control, r2
	isb
	ldr	r2, =1024
	subs	r2, r1, r2
	msr	msp, r2
	cpsie	i
	blx	r0
	mrs	r1, psp
	cpsid	i
	msr	msp, r1
	movs	r2, #0
	msr	control, r2
	isb
	cpsie	i
	pop	{r4, pc}
	.size	check_run_main, . - check_run_main
	.ltorg
