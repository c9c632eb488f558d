/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M, Armv6-M: what return.S is for the others, in 16-bit instructions. Follows DDI 0419E
 * B1.4.4, B1.5.8.
 */
#include "frame.h"
#include "tl_config.h"

#if TL_RETURN

	.syntax	unified
	.thumb
	/* Made tl_text by the build: so what unwinders need has its usual name. */
	.text

	/* A word of padding, r0-r7, and where PC goes: just below the caller's SP. */
	.equ	SAVED, 40
	.equ	SAVED_R0, 4
	.equ	SAVED_PC, 36
	.equ	CAUSE_RETURN, 2			/* TL_CAUSE_RETURN, asserted in trap.c */

	.macro	copy_two from, to
	ldm	\from!, {r2, r3}
	stm	\to!, {r2, r3}
	.endm

	/* A return address is looked up by the call before it. */
	.fnstart
	nop
	nop
	.global	tl_return_trampoline, thumb_return_trap
	.type	tl_return_trampoline, %function
tl_return_trampoline:
	push	{r0-r7, lr}
	sub	sp, #4
	mrs	r4, apsr
	mov	r6, r12
	mrs	r3, control
	lsls	r3, r3, #31			/* nPRIV */
	bne	2f
1:	mrs	r5, primask
	cpsid	i
	mov	r0, sp
	adds	r0, #SAVED
	bl	tl_return_look
	msr	primask, r5
	cmp	r0, #0
	beq	3f
	str	r0, [sp, #SAVED_PC]
	mov	r12, r6
	msr	apsr_nzcvq, r4
	add	sp, #4
	pop	{r0-r7, pc}
	.size	tl_return_trampoline, . - tl_return_trampoline

	/* nPRIV is about thread mode: IPSR reads as 0 there. */
	.global	thumb_return_unprivileged
	.type	thumb_return_unprivileged, %function
thumb_return_unprivileged:
2:	mrs	r3, ipsr
	cmp	r3, #0
	bne	1b
	msr	apsr_nzcvq, r4
	add	sp, #SAVED_R0
	pop	{r0-r7}
	add	sp, #SAVED - SAVED_PC
thumb_return_trap:
	bkpt	0x7d
	.size	thumb_return_unprivileged, . - thumb_return_unprivileged

	/* The registers, as they are for the caller, into a struct thumb_regs at r7, aligned; r5
	 * is where they were saved. */
	.global	thumb_return_in_c
	.type	thumb_return_in_c, %function
thumb_return_in_c:
3:	mov	r5, sp
	mov	r7, sp
	subs	r7, #THUMB_REGS
	lsrs	r7, r7, #3
	lsls	r7, r7, #3
	mov	sp, r7
	mov	r1, r7
	adds	r0, r5, #SAVED_R0
	copy_two r0, r1
	copy_two r0, r1
	copy_two r0, r1
	copy_two r0, r1
	mov	r2, r8
	mov	r3, r9
	stm	r1!, {r2, r3}
	mov	r2, r10
	mov	r3, r11
	stm	r1!, {r2, r3}
	mov	r2, r6				/* r12 */
	mov	r3, r5
	adds	r3, #SAVED			/* sp */
	stm	r1!, {r2, r3}
	adds	r1, #8
	movs	r2, #1
	lsls	r2, r2, #24			/* T */
	orrs	r2, r4
	mrs	r3, ipsr
	orrs	r2, r3
	mrs	r3, control
	movs	r0, #2				/* SPSEL */
	ands	r3, r0
	lsls	r3, r3, #1			/* THUMB_EXC_RETURN_PSP */
	adds	r3, #THUMB_EXC_RETURN_BASIC
	stm	r1!, {r2, r3}
	mov	r0, r7
	movs	r1, #CAUSE_RETURN
	bl	tl_trap
	cmp	r0, #0
	beq	5f

	/* Back, but for SP. Where PC is EXC_RETURN, it stays as it is. */
	ldr	r2, [r7, #THUMB_AT_PC]
	lsrs	r1, r2, #24
	cmp	r1, #0xff
	beq	4f
	movs	r1, #1
	orrs	r2, r1
4:	str	r2, [r5, #SAVED_PC]
	mov	r0, r7
	adds	r1, r5, #SAVED_R0
	copy_two r0, r1
	copy_two r0, r1
	copy_two r0, r1
	copy_two r0, r1
	ldm	r0!, {r1-r4}
	mov	r8, r1
	mov	r9, r2
	mov	r10, r3
	mov	r11, r4
	ldr	r1, [r7, #THUMB_AT_R12]
	ldr	r2, [r7, #THUMB_AT_LR]
	ldr	r3, [r7, #THUMB_AT_XPSR]
	mov	r12, r1
	mov	lr, r2
	msr	apsr_nzcvq, r3
	mov	sp, r5
	add	sp, #SAVED_R0
	pop	{r0-r7, pc}
	.size	thumb_return_in_c, . - thumb_return_in_c

	/* Nobody knows where to: a fault, in which the firmware's handler finds the registers. */
	.global	thumb_return_nowhere
	.type	thumb_return_nowhere, %function
thumb_return_nowhere:
5:	mov	sp, r5
	add	sp, #SAVED_R0
	pop	{r0-r7}
	add	sp, #SAVED - SAVED_PC
	udf	#0
	.size	thumb_return_nowhere, . - thumb_return_nowhere
	.personality thumb_unwind_return
	.handlerdata
	.fnend
#endif
