/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M, Armv7-M and Armv8-M: where functions return to whose return is hooked. In privileged
 * code without a trap. Follows DDI 0403E B1.4.3 (masks, of which unprivileged code sees and changes
 * nothing), B1.4.4 (CONTROL), B1.5.8 (a load of EXC_RETURN into PC returns from the exception).
 *
 * r0-r3 may hold a result; s0-s15, too. Everything is preserved but LR, in which a caller finds
 * nothing it could use. What handlers may change is in a struct thumb_regs while they run.
 */
#include "frame.h"
#include "tl_config.h"

#if TL_RETURN

	.syntax	unified
	.thumb
	/* Made tl_text by the build: so what unwinders need has its usual name. */
	.text

	/* r0-r5, r12, and where PC goes: just below the caller's SP. */
	.equ	SAVED, 32
	.equ	SAVED_R12, 24
	.equ	SAVED_PC, 28
	.equ	CONTROL_SPSEL, 2
	.equ	CONTROL_FPCA, 4
	.equ	XPSR_T, 0x01000000
	.equ	EXC_RETURN_BYTE, 0xff		/* bits 31:24 */
	.equ	CAUSE_RETURN, 2			/* TL_CAUSE_RETURN, asserted in trap.c */

	/* A return address is looked up by the call before it. */
	.fnstart
	nop
	nop
	.global	tl_return_trampoline, thumb_return_trap
	.type	tl_return_trampoline, %function
tl_return_trampoline:
	push	{r0-r5, r12, lr}
	mrs	r4, apsr
	mrs	r5, primask
	cpsid	i
	mrs	r3, primask
	cbz	r3, 2f
	add	r0, sp, #SAVED
	bl	tl_return_look
	cbz	r0, 3f
	msr	primask, r5
	str	r0, [sp, #SAVED_PC]
	msr	apsr_nzcvq, r4
	pop	{r0-r5, r12, pc}
	.size	tl_return_trampoline, . - tl_return_trampoline

	/* Unprivileged: the mask reads as 0, and is. */
	.global	thumb_return_unprivileged
	.type	thumb_return_unprivileged, %function
thumb_return_unprivileged:
2:	msr	apsr_nzcvq, r4
	pop	{r0-r5, r12, lr}
thumb_return_trap:
	bkpt	0x7d
	.size	thumb_return_unprivileged, . - thumb_return_unprivileged

	/* A snapshot: the registers, as they are for the caller, into the record. */
	.global	thumb_return_record
	.type	thumb_return_record, %function
thumb_return_record:
3:	add	r0, sp, #SAVED
	add	r1, sp, #SAVED_PC
	bl	tl_return_record
	cbz	r0, 8f
	ldr	r1, [sp, #SAVED_PC]
	str	r0, [sp, #SAVED_PC]
	cbz	r1, 4f
	ldm	sp, {r2, r3, r12, lr}
	stm	r1, {r2, r3, r12, lr}
	add	r2, r1, #THUMB_AT_R4 + 8
	stm	r2, {r6-r11}
	ldrd	r2, r3, [sp, #16]
	strd	r2, r3, [r1, #THUMB_AT_R4]
	ldr	r2, [sp, #SAVED_R12]
	add	r3, sp, #SAVED
	strd	r2, r3, [r1, #THUMB_AT_R12]
	lsrs	r2, r0, #24
	cmp	r2, #EXC_RETURN_BYTE
	mov	r2, r0
	it	ne
	bicne	r2, #1
	strd	r0, r2, [r1, #THUMB_AT_LR]
	mrs	r2, ipsr
	orr	r2, r4
	orr	r2, #XPSR_T
	str	r2, [r1, #THUMB_AT_XPSR]
4:	msr	primask, r5
	msr	apsr_nzcvq, r4
	pop	{r0-r5, r12, pc}
	.size	thumb_return_record, . - thumb_return_record

	/* Else in C: the same into a struct thumb_regs at r6, aligned; r5: where they are saved. */
	.global	thumb_return_in_c
	.type	thumb_return_in_c, %function
thumb_return_in_c:
8:	msr	primask, r5
	mov	r5, sp
	sub	r3, r5, #THUMB_REGS
	bic	r3, #7
	mov	sp, r3
	add	r3, #THUMB_AT_R4 + 8
	stm	r3, {r6-r11}
	mov	r6, sp
	ldm	r5, {r0-r3, r8, r9}
	stm	r6, {r0-r3, r8, r9}
	ldr	r0, [r5, #SAVED_R12]
	add	r1, r5, #SAVED
	strd	r0, r1, [r6, #THUMB_AT_R12]
	mrs	r0, ipsr
	orr	r0, r4
	orr	r0, #XPSR_T
	mrs	r7, control
	and	r1, r7, #CONTROL_SPSEL
	lsls	r1, #1				/* THUMB_EXC_RETURN_PSP */
	orr	r1, #THUMB_EXC_RETURN_BASIC
	strd	r0, r1, [r6, #THUMB_AT_XPSR]

	mov	r0, r6
	movs	r1, #CAUSE_RETURN
#if THUMB_FP
	tst	r7, #CONTROL_FPCA
	beq	5f
	sub	sp, #THUMB_FRAME_FP
	mov	r2, sp
	.inst.w	0xeca20a10			/* vstm r2!, {s0-s15} */
	.inst.w	0xeef13a10			/* vmrs r3, fpscr */
	str	r3, [r2]
	ldr	r3, [r6, #THUMB_AT_EXC_RETURN]	/* an extended frame, as far as that goes */
	bic	r3, #THUMB_EXC_RETURN_BASIC
	str	r3, [r6, #THUMB_AT_EXC_RETURN]
	sub	r3, sp, #THUMB_FRAME
	str	r3, [r6, #THUMB_AT_FRAME]
5:
#endif
	bl	tl_trap
#if THUMB_FP
	tst	r7, #CONTROL_FPCA
	beq	6f
	mov	r2, sp
	.inst.w	0xecb20a10			/* vldm r2!, {s0-s15} */
	ldr	r3, [r2]
	.inst.w	0xeee13a10			/* vmsr fpscr, r3 */
6:
#endif
	cbz	r0, 7f

	/* Back, but for SP; r12 is to be it until r0 is popped. Where PC is EXC_RETURN, it stays
	 * as it is. */
	ldrd	r0, r1, [r6, #THUMB_AT_PC]	/* and xPSR */
	lsrs	r2, r0, #24
	cmp	r2, #EXC_RETURN_BYTE
	it	ne
	orrne	r0, #1
	str	r0, [r5, #SAVED_PC]
	ldr	r0, [r6, #THUMB_AT_R12]
	str	r0, [r5, #SAVED_R12]
	add	r12, r5, #SAVED_R12 - 16
	ldm	r6, {r0-r3}
	stm	r12, {r0-r3}
	ldr	lr, [r6, #THUMB_AT_LR]
	msr	apsr_nzcvq, r1
	add	r0, r6, #THUMB_AT_R4
	ldm	r0, {r4-r11}
	mov	sp, r12
	pop	{r0-r3, r12, pc}
	.size	thumb_return_in_c, . - thumb_return_in_c

	/* Nobody knows where to: a fault, in which the firmware's handler finds the registers. */
	.global	thumb_return_nowhere
	.type	thumb_return_nowhere, %function
thumb_return_nowhere:
7:	mov	sp, r5
	add	r0, r6, #THUMB_AT_R4
	ldm	r0, {r4-r11}
	ldrd	r0, r1, [sp]
	add	sp, #SAVED
	udf	#0
	.size	thumb_return_nowhere, . - thumb_return_nowhere
	.personality thumb_unwind_return
	.handlerdata
	.fnend
#endif
