/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M trap entry, Armv7-M and Armv8-M: from the hardware's frame to struct thumb_regs, through
 * tl_trap(), and back. Follows DDI 0403E B1.5.6 to B1.5.8 (exception entry, stack alignment,
 * exception return).
 *
 * All fault vectors come here. r0-r3, r12, lr, pc and xPSR are in the frame on the interrupted
 * stack (MSP or PSP, by EXC_RETURN bit 2); r4-r11 are live. FP registers stay where they are: in
 * the core, with room for them in the frame (lazy stacking).
 */
#include "frame.h"
#include "tl_config.h"

	.syntax	unified
	.thumb
	.section tl_text, "ax", %progbits

	.equ	FAULT_STATUS, 0xe000ed28	/* CFSR, then HFSR and DFSR */
	.equ	MSTKERR, 1 << 4
	.equ	STKERR, 1 << 12
	.equ	HFSR_OURS, 0xc0000000		/* DEBUGEVT, FORCED */
	.equ	DFSR_BKPT, 2

	/* \sp, just above a basic frame, to just above the frame that it is. lr is EXC_RETURN;
	 * \tmp is lost. */
	.macro	above_fp sp, tmp
#if THUMB_FP
	tst	lr, #THUMB_EXC_RETURN_BASIC
	it	eq
	addeq	\sp, #THUMB_FRAME_FP
#endif
#if __ARM_ARCH >= 8
	bne	9f
	ldr	\tmp, =THUMB_FPCCR
	ldr	\tmp, [\tmp]
	ubfx	\tmp, \tmp, #THUMB_FPCCR_TS_BIT, #1
	add	\sp, \sp, \tmp, lsl #6		/* THUMB_FRAME_FP_TS */
9:
#endif
	.endm

	/*
	 * The frame at r7 into the registers at sp, the rest of which begin at r0. Then r4 is the
	 * SP and r5 the padding bit, kept over calls like r7, and r0 the registers.
	 */
	.macro	take_frame
	ldm	r7, {r2-r6, r8-r10}		/* r0-r3, r12, lr, pc, xPSR */
	stm	sp, {r2-r5}
	ubfx	r5, r10, #9, #1
	bfc	r10, #9, #1
	add	r4, r7, r5, lsl #2
	adds	r4, #THUMB_FRAME
	above_fp r4, r2
	strd	r6, r4, [r0]
	strd	r8, r9, [r0, #THUMB_AT_LR - THUMB_AT_R12]
	strd	r10, lr, [r0, #THUMB_AT_XPSR - THUMB_AT_R12]
#if THUMB_FP
	str	r7, [r0, #THUMB_AT_FRAME - THUMB_AT_R12]
#endif
	mov	r0, sp
	.endm

	.global	tl_trap_entry
	.type	tl_trap_entry, %function
tl_trap_entry:
	tst	lr, #THUMB_EXC_RETURN_PSP
	ite	eq
	mrseq	r0, msp
	mrsne	r0, psp
	ldr	r3, =FAULT_STATUS
	ldr	r1, [r3]
	cbnz	r1, 1f

	/* Nothing but a breakpoint: most hits need no more than this. */
	push	{r0, r1, r3, lr}		/* a struct tl_look; its record is NULL as r1 is */
	ldr	r0, [r0, #THUMB_FRAME_PC]
	mov	r1, sp
	bl	tl_first_look
	pop	{r1-r3, lr}
	cbz	r0, save
	cbnz	r2, record
resume:
	str	r0, [r1, #THUMB_FRAME_PC]
	mov	r1, #HFSR_OURS
	mov	r2, #DFSR_BKPT
	strd	r1, r2, [r3, #4]
	bx	lr

	/* The core registers into the record at r2: those of the frame at r1, and r4-r11 as they
	 * are, back from there in the end. */
record:
	add	r12, r2, #THUMB_AT_R4
	stm	r12, {r4-r11}
	ldm	r1, {r4-r11}			/* r0-r3, r12, lr, pc, xPSR */
	stm	r2, {r4-r7}
	ubfx	r4, r11, #9, #1
	bfc	r11, #9, #1
	add	r5, r1, r4, lsl #2
	adds	r5, #THUMB_FRAME
	above_fp r5, r4
	strd	r8, r5, [r2, #THUMB_AT_R12]
	strd	r9, r10, [r2, #THUMB_AT_LR]
	str	r11, [r2, #THUMB_AT_XPSR]
	ldm	r12, {r4-r11}
#if TL_FETCH
	tst	r0, #1
	beq	resume
	push	{r1-r3, lr}			/* goes on with what is recorded */
	ldr	r2, [r2, #-4]
	blx	r2
	pop	{r1-r3, lr}
#endif
	b	resume

1:	b	examine

save:
	mov	r3, r1
	sub	sp, #THUMB_RESERVE + THUMB_REGS
	add	r0, sp, #THUMB_AT_R4
	stm	r0!, {r4-r11}
	mov	r7, r3
	ldr	r11, =FAULT_STATUS
	take_frame
	movs	r1, #0				/* TL_CAUSE_BREAK */
	bl	tl_trap
returned:
	cbz	r0, not_ours
	mov	r1, #HFSR_OURS
	mov	r2, #DFSR_BKPT
	strd	r1, r2, [r11, #4]
	movs	r8, #0

	/* Back to the interrupted context or, with r8, on to the firmware's handler: the frame
	 * stays where it is, unless SP has changed. */
leave:
	ldr	r2, [sp, #THUMB_AT_SP]
	cmp	r2, r4
	bne	relocate
	mov	r0, r7
	bl	write_frame
	movs	r12, r8
	it	eq
	moveq	r12, lr
	add	r1, sp, #THUMB_AT_R4
	ldm	r1, {r4-r11}
	add	sp, #THUMB_RESERVE + THUMB_REGS
	bx	r12

	/* Not ours: lr and stack as the hardware left them, and what tl_trap() put back. */
not_ours:
	bl	thumb_chained
	mov	r8, r0
	b	leave

	/*
	 * Another SP, and a new frame for it. Where that would reach our own registers (on MSP, a
	 * handler may set any SP), they are carried below it first.
	 */
relocate:
	mov	r0, sp
	bl	thumb_frame_for
	mov	r5, r1
	ldr	r3, [sp, #THUMB_AT_EXC_RETURN]
	tst	r3, #THUMB_EXC_RETURN_PSP
	bne	2f
	add	r3, sp, #THUMB_REGS
	cmp	r0, r3
	bhs	2f
	sub	r1, r0, #THUMB_REGS + 8
	mov	r2, sp
	mov	sp, r1
	mov	r3, #THUMB_REGS / 4
1:	ldr	r12, [r2], #4
	str	r12, [r1], #4
	subs	r3, #1
	bne	1b
2:	mov	r7, r0
#if THUMB_FP
	mov	r1, sp
	bl	thumb_move_fp
	mov	r0, r7
#endif
	bl	write_frame
	mov	r0, r7
	movs	r12, r8
	it	eq
	moveq	r12, lr
	add	r1, sp, #THUMB_AT_R4
	ldm	r1, {r4-r11}
	tst	lr, #THUMB_EXC_RETURN_PSP
	itee	eq
	moveq	sp, r0
	msrne	psp, r0
	addne	sp, #THUMB_RESERVE + THUMB_REGS
#if __ARM_ARCH >= 8
	ldr	r0, =thumb_msplim
	ldr	r1, [r0]
	cbz	r1, 3f
	msr	msplim, r1
	movs	r1, #0
	str	r1, [r0]
3:
#endif
	bx	r12

	/* Fault status bits are set. A frame that could not be stored on PSP is not read: that
	 * may fault where faults are fatal. */
examine:
	sub	sp, #THUMB_RESERVE + THUMB_REGS
	add	r0, sp, #THUMB_AT_R4
	stm	r0!, {r4-r11}
	mov	r11, r3
	tst	lr, #THUMB_EXC_RETURN_PSP
	ite	eq
	addeq	r7, sp, #THUMB_RESERVE + THUMB_REGS
	mrsne	r7, psp
	beq	4f
	tst	r1, #MSTKERR
	it	eq
	tsteq	r1, #STKERR
	bne	no_frame
4:	take_frame
	bl	thumb_examine
	b	returned

no_frame:
	mov	r4, lr
	mov	r0, sp
	bl	thumb_no_frame
	mov	lr, r4
	mov	r12, r0
	add	r1, sp, #THUMB_AT_R4
	ldm	r1, {r4-r11}
	add	sp, #THUMB_RESERVE + THUMB_REGS
	bx	r12

	/* Writes the registers to the frame at r0, with padding bit r5. Leaves EXC_RETURN in lr. */
write_frame:
	mov	r4, lr
	ldrd	r1, r2, [sp, #THUMB_AT_LR]
	ldrd	r3, lr, [sp, #THUMB_AT_XPSR]
	ldr	r12, [sp, #THUMB_AT_R12]
	bfi	r3, r5, #9, #1
	bic	r2, #1
	strd	r12, r1, [r0, #16]
	strd	r2, r3, [r0, #THUMB_FRAME_PC]
	ldm	sp, {r1-r3, r12}
	stm	r0, {r1-r3, r12}
	bx	r4
	.size	tl_trap_entry, . - tl_trap_entry
	.ltorg

	/* void tl_arch_capture(struct thumb_regs *) */
	.global	tl_arch_capture
	.type	tl_arch_capture, %function
tl_arch_capture:
	stm	r0, {r0-r12}
	mov	r1, sp
	bic	r2, lr, #1
	mrs	r3, xpsr
	orr	r3, #0x01000000
	strd	r1, lr, [r0, #THUMB_AT_SP]
	strd	r2, r3, [r0, #THUMB_AT_PC]
	bx	lr
	.size	tl_arch_capture, . - tl_arch_capture
