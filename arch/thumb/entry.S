/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M trap entry: from the hardware's frame to struct thumb_regs, through tl_trap(), and back.
 * Follows DDI 0403E B1.5.6 to B1.5.8 (exception entry, stack alignment, exception return).
 *
 * All fault vectors come here. r0-r3, r12, lr, pc and xPSR are in the frame on the interrupted stack (MSP or PSP, by EXC_RETURN
 * bit 2); r4-r11 are live. Offsets into the registers are those that isa.c asserts.
 */
	.syntax	unified
	.thumb
	.section tl_text, "ax", %progbits

	.equ	R4, 16
	.equ	R12, 48
	.equ	SP_, 52
	.equ	LR_, 56
	.equ	PC_, 60
	.equ	XPSR, 64
	.equ	EXC_RETURN, 68
	.equ	REGS, 80
	.equ	FRAME, 32			/* a basic frame: these cores have no FPU */
	.equ	FRAME_PC, 24
	/*
	 * Kept free between the frame and our registers, so that on MSP the dispatcher's registers and frame (tl_arch_dispatch)
	 * fit below the interrupted SP without reaching us.
	 */
	.equ	RESERVE, 96

	.equ	FAULT_STATUS, 0xe000ed28	/* CFSR, then HFSR and DFSR */
	.equ	MSTKERR, 1 << 4
	.equ	STKERR, 1 << 12
	.equ	CCR, 0xe000ed14
	.equ	CCR_STKALIGN, 1 << 9
	.equ	HFSR_OURS, 0xc0000000		/* DEBUGEVT, FORCED */
	.equ	DFSR_BKPT, 2
	.equ	CAUSE_DISPATCH, 1		/* TL_CAUSE_DISPATCH, asserted in trap.c */

	/*
	 * The frame at r7 into the registers at sp, the rest of which begin at r0. Then r4 is the SP and r5 the padding bit, kept over
	 * calls like r7, and r0 the registers.
	 */
	.macro	take_frame
	ldm	r7, {r2-r6, r8-r10}		/* r0-r3, r12, lr, pc, xPSR */
	stm	sp, {r2-r5}
	ubfx	r5, r10, #9, #1
	bfc	r10, #9, #1
	add	r4, r7, r5, lsl #2
	adds	r4, #FRAME
	strd	r6, r4, [r0]
	strd	r8, r9, [r0, #8]
	strd	r10, lr, [r0, #16]
	mov	r0, sp
	.endm

	.global	tl_trap_entry
	.type	tl_trap_entry, %function
tl_trap_entry:
	tst	lr, #4
	ite	eq
	mrseq	r0, msp
	mrsne	r0, psp
	ldr	r3, =FAULT_STATUS
	ldr	r1, [r3]
	cbnz	r1, 1f

	/* Nothing but a breakpoint: most hits need no more than this. */
	push	{r0-r2, lr}			/* room for a struct tl_look where r1 and r2 are */
	ldr	r1, [r0, #FRAME_PC]
	add	r0, sp, #4
	bl	tl_first_look
	pop	{r0-r2, lr}
	cbz	r1, save
	cbnz	r2, record
resume:
	str	r1, [r0, #FRAME_PC]
	ldr	r3, =FAULT_STATUS
	mov	r1, #HFSR_OURS
	mov	r2, #DFSR_BKPT
	strd	r1, r2, [r3, #4]
	bx	lr

	/* The core registers into the record at r2: those of the frame at r0, and r4-r11 as they are. */
record:
	add	r3, r2, #R4
	stm	r3, {r4-r11}
	push	{r4-r9}
	ldm	r0, {r3-r9, r12}		/* r0-r3, r12, lr, pc, xPSR */
	stm	r2, {r3-r6}
	ubfx	r3, r12, #9, #1
	bfc	r12, #9, #1
	add	r4, r0, r3, lsl #2
	adds	r4, #FRAME
	strd	r7, r4, [r2, #R12]
	strd	r8, r9, [r2, #LR_]
	str	r12, [r2, #XPSR]
	pop	{r4-r9}
	b	resume

1:	b	examine

save:
	mov	r3, r0
	sub	sp, #RESERVE + REGS
	add	r0, sp, #R4
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

	/* Back to the interrupted context or, with r8, on to the firmware's handler: the frame stays where it is, unless SP has changed. */
leave:
	ldr	r2, [sp, #SP_]
	cmp	r2, r4
	bne	relocate
	mov	r0, r7
	bl	write_frame
	movs	r12, r8
	it	eq
	moveq	r12, lr
	add	r1, sp, #R4
	ldm	r1, {r4-r11}
	add	sp, #RESERVE + REGS
	bx	r12

	/* Not ours: lr and stack as the hardware left them, and what tl_trap() put back. */
not_ours:
	bl	thumb_chained
	mov	r8, r0
	b	leave

relocate:
	bl	place_frame
	movs	r12, r8
	it	eq
	moveq	r12, lr
	add	r1, sp, #R4
	ldm	r1, {r4-r11}
	tst	lr, #4
	itee	eq
	moveq	sp, r0
	msrne	psp, r0
	addne	sp, #RESERVE + REGS
	bx	r12

	/* Fault status bits are set. A frame that could not be stored on PSP is not read: that may fault where faults are fatal. */
examine:
	sub	sp, #RESERVE + REGS
	add	r0, sp, #R4
	stm	r0!, {r4-r11}
	mov	r11, r3
	tst	lr, #4
	ite	eq
	addeq	r7, sp, #RESERVE + REGS
	mrsne	r7, psp
	beq	2f
	tst	r1, #MSTKERR
	it	eq
	tsteq	r1, #STKERR
	bne	no_frame
2:	take_frame
	bl	thumb_examine
	b	returned

no_frame:
	mov	r4, lr
	mov	r0, sp
	bl	thumb_no_frame
	mov	lr, r4
	mov	r12, r0
	add	r1, sp, #R4
	ldm	r1, {r4-r11}
	add	sp, #RESERVE + REGS
	bx	r12

	/* Writes the registers to the frame at r0, with padding bit r5. Leaves EXC_RETURN in lr. */
write_frame:
	mov	r4, lr
	ldrd	r1, r2, [sp, #LR_]
	ldrd	r3, lr, [sp, #XPSR]
	ldr	r12, [sp, #R12]
	bfi	r3, r5, #9, #1
	bic	r2, #1
	strd	r12, r1, [r0, #16]
	strd	r2, r3, [r0, #FRAME_PC]
	ldm	sp, {r1-r3, r12}
	stm	r0, {r1-r3, r12}
	bx	r4

	/*
	 * For the SP wanted in r2: writes the frame, returns it in r0 and EXC_RETURN in lr. Where the new frame would reach our own
	 * registers (on MSP, a handler may set any SP), they are carried below it first.
	 */
place_frame:
	mov	r7, lr
	bic	r2, #3				/* as SP has it */
	sub	r0, r2, #FRAME
	movs	r5, #0
	ldr	r3, =CCR
	ldr	r3, [r3]
	tst	r3, #CCR_STKALIGN
	beq	1f
	ubfx	r5, r0, #2, #1
	sub	r0, r0, r5, lsl #2
1:	ldr	r3, [sp, #EXC_RETURN]
	tst	r3, #4
	bne	3f
	add	r3, sp, #REGS
	cmp	r0, r3
	bhs	3f
	sub	r1, r0, #REGS + 8
	mov	r2, sp
	mov	sp, r1
	mov	r3, #REGS / 4
2:	ldr	r12, [r2], #4
	str	r12, [r1], #4
	subs	r3, #1
	bne	2b
3:	bl	write_frame
	bx	r7
	.size	tl_trap_entry, . - tl_trap_entry
	.ltorg

	/*
	 * Runs in the interrupted context, called by an exception return: r0 and SP are the saved registers. The closing breakpoint
	 * is known by its address; r4 then leads back to the registers.
	 */
	.global	thumb_dispatcher, thumb_resume
	.type	thumb_dispatcher, %function
	.type	thumb_resume, %function
thumb_dispatcher:
	mov	r4, r0
	movs	r1, #CAUSE_DISPATCH
	bl	tl_trap
thumb_resume:
	bkpt	0x7c
	.size	thumb_dispatcher, . - thumb_dispatcher

	/* Where a simulated exception return really returns: lr holds EXC_RETURN; r0-r3, r12 and lr come from the frame it pops. */
	.global	thumb_exc_return
	.type	thumb_exc_return, %function
thumb_exc_return:
	bx	lr
	.size	thumb_exc_return, . - thumb_exc_return

	/* int thumb_load(addr, bytes, uint32_t *to), thumb_store(addr, bytes, value): 1, 2 or 4 bytes; 0, or 1 if it faults. */
	.global	thumb_load, thumb_store, thumb_access_failed
	.type	thumb_load, %function
	.type	thumb_store, %function
	.type	thumb_access_failed, %function
thumb_load:
	cmp	r1, #2
	beq	1f
	bhi	2f
	ldrb	r0, [r0]
	b	3f
1:	ldrh	r0, [r0]
	b	3f
2:	ldr	r0, [r0]
3:	str	r0, [r2]
	movs	r0, #0
	bx	lr
thumb_store:
	cmp	r1, #2
	beq	1f
	bhi	2f
	strb	r2, [r0]
	b	3f
1:	strh	r2, [r0]
	b	3f
2:	str	r2, [r0]
3:	dsb				/* a buffered write faults here, not later */
	movs	r0, #0
	bx	lr
thumb_access_failed:
	movs	r0, #1
	bx	lr
	.size	thumb_load, . - thumb_load

	/* void tl_arch_raise(addr): the access that a simulation could not make. */
	.global	tl_arch_raise
	.type	tl_arch_raise, %function
tl_arch_raise:
	ldrb	r0, [r0]
	bx	lr
	.size	tl_arch_raise, . - tl_arch_raise

	/* void tl_arch_capture(struct thumb_regs *) */
	.global	tl_arch_capture
	.type	tl_arch_capture, %function
tl_arch_capture:
	stm	r0, {r0-r12}
	mov	r1, sp
	bic	r2, lr, #1
	mrs	r3, xpsr
	orr	r3, #0x01000000
	strd	r1, lr, [r0, #SP_]
	strd	r2, r3, [r0, #LR_ + 4]
	bx	lr
	.size	tl_arch_capture, . - tl_arch_capture
