/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M trap entry, Armv6-M: what entry.S is for the others, in 16-bit instructions. Follows DDI
 * 0419E B1.5.6 to B1.5.8.
 *
 * Frames are always basic and aligned to 8 bytes. There are no fault status registers:
 * thumb_examine() goes by the PC.
 */
#include "frame.h"
#include "tl_config.h"

	.syntax	unified
	.thumb
	.section tl_text, "ax", %progbits

	.macro	test_psp exc_return, tmp	/* N set: the frame is on PSP */
	mov	\tmp, \exc_return
	lsls	\tmp, \tmp, #29
	.endm

	/* r4-r11 to \at up; \at ends behind them. r4-r7 are lost. */
	.macro	store_r4_r11 at
	stm	\at!, {r4-r7}
	mov	r4, r8
	mov	r5, r9
	mov	r6, r10
	mov	r7, r11
	stm	\at!, {r4-r7}
	.endm

	/*
	 * Of the frame at r3: r12, SP, lr, pc and xPSR to \at up, the padding bit into r5 and SP
	 * into r4. r0-r3 go to \low up first. r1, r2 are lost; r3 ends behind the frame.
	 */
	.macro	take_frame low, at
	ldm	r3!, {r1, r2, r4, r5}
	stm	\low!, {r1, r2, r4, r5}
	ldm	r3!, {r1, r2, r4, r5}		/* r12, lr, pc, xPSR */
	str	r1, [\at]
	str	r2, [\at, #THUMB_AT_LR - THUMB_AT_R12]
	str	r4, [\at, #THUMB_AT_PC - THUMB_AT_R12]
	movs	r1, #1
	lsls	r1, r1, #9
	mov	r2, r5
	bics	r2, r1
	str	r2, [\at, #THUMB_AT_XPSR - THUMB_AT_R12]
	ands	r5, r1
	lsrs	r5, r5, #9
	lsls	r4, r5, #2
	adds	r4, r4, r3
	str	r4, [\at, #THUMB_AT_SP - THUMB_AT_R12]
	.endm

	.global	tl_trap_entry
	.type	tl_trap_entry, %function
tl_trap_entry:
	test_psp lr, r0
	bmi	1f
	mrs	r0, msp
	b	2f
1:	mrs	r0, psp
2:	movs	r1, #0
	push	{r0-r2, lr}			/* a struct tl_look */
	ldr	r0, [r0, #THUMB_FRAME_PC]
	mov	r1, sp
	bl	tl_first_look
	pop	{r1-r3}
	pop	{r3}
	mov	lr, r3
	cmp	r0, #0
	beq	save
	cmp	r2, #0
	bne	record
	str	r0, [r1, #THUMB_FRAME_PC]
	bx	lr

	/* The core registers into the record at r2, those of the frame at r1, and on at r0. */
record:
	push	{r0, r2, r4-r7, lr}
	mov	r3, r1
	movs	r0, #THUMB_AT_R4
	adds	r0, r0, r2
	store_r4_r11 r0
	mov	r6, r2
	take_frame r6, r0
	pop	{r1, r2, r4-r7}
	pop	{r0}
	mov	lr, r0
	subs	r3, #THUMB_FRAME
#if TL_FETCH
	lsls	r0, r1, #31
	beq	1f
	push	{r3, lr}			/* goes on with what is recorded */
	mov	r0, r1
	subs	r2, #4
	ldr	r2, [r2]
	blx	r2
	mov	r1, r0
	pop	{r2, r3}
	mov	lr, r3
	mov	r3, r2
1:
#endif
	str	r1, [r3, #THUMB_FRAME_PC]
	bx	lr

save:
	mov	r3, r1
	sub	sp, #THUMB_RESERVE + THUMB_REGS
	add	r0, sp, #THUMB_AT_R4
	store_r4_r11 r0
	mov	r7, r3
	mov	r6, sp
	take_frame r6, r0
	mov	r1, lr
	str	r1, [r0, #THUMB_AT_EXC_RETURN - THUMB_AT_R12]
	mov	r0, sp
	bl	thumb_examine
	movs	r6, #0
	cmp	r0, #0
	bne	leave
	bl	thumb_chained
	mov	r6, r0

	/* Back to the interrupted context or, with r6, on to the firmware's handler: the frame
	 * stays at r7, unless SP has changed. */
leave:
	ldr	r2, [sp, #THUMB_AT_SP]
	cmp	r2, r4
	beq	write_frame
	mov	r0, sp
	bl	thumb_frame_for
	mov	r7, r0
	mov	r5, r1
	ldr	r0, [sp, #THUMB_AT_EXC_RETURN]
	test_psp r0, r0
	bmi	write_frame
	add	r3, sp, #THUMB_REGS	/* a frame that would reach ours: they are carried below */
	cmp	r7, r3
	bhs	write_frame
	mov	r1, r7
	subs	r1, #THUMB_REGS + 8
	mov	r2, sp
	mov	sp, r1
	movs	r3, #THUMB_REGS
1:	ldm	r2!, {r0}
	stm	r1!, {r0}
	subs	r3, #4
	bne	1b

write_frame:
	mov	r0, r7
	mov	r1, sp
	ldm	r1, {r1-r4}			/* r0-r3 */
	stm	r0!, {r1-r4}
	movs	r2, #1
	ldr	r4, [sp, #THUMB_AT_PC]
	bics	r4, r2
	lsls	r2, r2, #9
	ldr	r1, [sp, #THUMB_AT_XPSR]
	bics	r1, r2
	lsls	r5, r5, #9
	orrs	r5, r1
	ldr	r2, [sp, #THUMB_AT_R12]
	ldr	r3, [sp, #THUMB_AT_LR]
	stm	r0!, {r2-r5}			/* r12, lr, pc, xPSR */

	ldr	r0, [sp, #THUMB_AT_EXC_RETURN]
	mov	lr, r0
	cmp	r6, #0
	bne	2f
	mov	r6, r0
2:	mov	r12, r6
	mov	r2, r7
	add	r0, sp, #THUMB_AT_R8
	ldm	r0!, {r4-r7}
	mov	r8, r4
	mov	r9, r5
	mov	r10, r6
	mov	r11, r7
	add	r0, sp, #THUMB_AT_R4
	ldm	r0!, {r4-r7}
	test_psp lr, r1
	bmi	3f
	mov	sp, r2
	bx	r12
3:	msr	psp, r2
	add	sp, #THUMB_RESERVE + THUMB_REGS
	bx	r12
	.size	tl_trap_entry, . - tl_trap_entry

	/* void tl_arch_capture(struct thumb_regs *) */
	.global	tl_arch_capture
	.type	tl_arch_capture, %function
tl_arch_capture:
	stm	r0!, {r0-r7}
	mov	r1, r8
	mov	r2, r9
	mov	r3, r10
	stm	r0!, {r1-r3}
	mov	r1, r11
	mov	r2, r12
	mov	r3, sp
	stm	r0!, {r1-r3}
	mov	r1, lr
	mov	r2, lr
	movs	r3, #1
	bics	r2, r3
	stm	r0!, {r1, r2}
	lsls	r3, r3, #24
	mrs	r1, xpsr
	orrs	r1, r3
	str	r1, [r0]
	bx	lr
	.size	tl_arch_capture, . - tl_arch_capture
