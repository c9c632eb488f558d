/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M, Armv7-M and Armv8-M: the pads of jump probes (debug.h). A probed instruction is under
 * no IT, so that its context has flags, but no IT state. Follows DDI 0403E B1.4.3 (masks, of which
 * unprivileged code sees and changes nothing), B1.5.4 (below priority 0 a fault locks up).
 *
 * A pad pushes what the common part changes, and leaves its address in lr. With what
 * tl_fast_claim() needs that is 80 bytes of the interrupted stack. FP registers are neither used
 * nor touched.
 */
#include "frame.h"
#include "tl_config.h"

#if TL_TRACE
	.syntax	unified
	.thumb

	.equ	FRAME, 40			/* r0-r7, r12, and lr, or where PC goes */
	.equ	FRAME_R4, 16
	.equ	FRAME_R12, 32
	.equ	FRAME_LR, 36
	.equ	NMI, 2				/* exception numbers; HardFault is 3 */
	.equ	CONTROL_SPSEL, 2
	.equ	XPSR_T, 0x01000000

	/* On Armv8-M what limits the interrupted stack does not hold for the agent's: it is kept
	 * below what a pad has pushed. */
	.macro	lift_limit
#if __ARM_ARCH >= 8
	mrs	r3, control
	tst	r3, #CONTROL_SPSEL
	mov	r2, #0
	itete	eq
	mrseq	r1, msplim
	mrsne	r1, psplim
	msreq	msplim, r2
	msrne	psplim, r2
	push	{r1, r2}
#endif
	.endm

	/* The same undone, with SP back on that stack. */
	.macro	restore_limit
#if __ARM_ARCH >= 8
	mov	sp, r5
	bic	r1, r5, #7
	ldr	r1, [r1, #-8]
	mrs	r3, control
	tst	r3, #CONTROL_SPSEL
	ite	eq
	msreq	msplim, r1
	msrne	psplim, r1
#endif
	.endm

	.section tl_pads, "ax", %progbits
	.balign	4
pads:
	.rept	TL_POINTS
	push	{r0-r7, r12, lr}
	bl	fast
	bkpt	0x7d				/* unprivileged code, everything put back */
	nop
	.endr
	.if	. - pads - TL_POINTS * TL_PAD_SIZE || TL_PAD_TRAP != 8
	.error	"arch.mk"
	.endif

	.type	fast, %function
fast:
	mov	r5, sp
	mrs	r4, apsr
	mrs	r7, primask
	cpsid	i
	mrs	r0, primask
	cbnz	r0, 1f

	/* Unprivileged: the mask reads as 0, and is. On to the pad's breakpoint. */
	mov	r0, lr
	b	3f

1:	mov	r6, lr
	bic	r1, r5, #7
	mov	sp, r1
	mrs	r1, ipsr
	subs	r1, #NMI
	cmp	r1, #1
	bls	2f
	mrs	r1, faultmask
	cmp	r1, #0
	bne	2f
	mov	r0, r6
	bl	tl_fast_claim
	cmp	r0, #0
	beq	2f
	lift_limit

	/* The registers below the other stack's end. */
	sub	r0, #THUMB_REGS
	mov	sp, r0
	ldm	r5, {r1-r3, r12}
	stm	r0, {r1-r3, r12}
	ldrd	r1, r2, [r5, #FRAME_R4]
	strd	r1, r2, [r0, #THUMB_AT_R4]
	ldrd	r1, r2, [r5, #FRAME_R4 + 8]
	strd	r1, r2, [r0, #THUMB_AT_R4 + 8]
	add	r1, r0, #THUMB_AT_R8
	stm	r1, {r8-r11}
	ldrd	r1, r2, [r5, #FRAME_R12]
	add	r3, r5, #FRAME
	strd	r1, r3, [r0, #THUMB_AT_R12]
	str	r2, [r0, #THUMB_AT_LR]
	mrs	r1, ipsr
	orr	r1, r4
	orr	r1, #XPSR_T
	mrs	r2, control
	and	r2, #CONTROL_SPSEL
	lsls	r2, #1				/* THUMB_EXC_RETURN_PSP */
	orr	r2, #THUMB_EXC_RETURN_BASIC
	strd	r1, r2, [r0, #THUMB_AT_XPSR]
	mov	r1, r0
	mov	r0, r6
	bl	tl_fast_hit
	ldr	r1, [sp, #THUMB_AT_LR]		/* a hooked return's */
	str	r1, [r5, #FRAME_LR]
	restore_limit
	b	3f

	/* Missed. */
2:	movs	r1, #0
	mov	r0, r6
	bl	tl_fast_hit

	/* To r0. */
3:	orr	r0, #1
	mov	sp, r5
	ldr	lr, [sp, #FRAME_LR]
	str	r0, [sp, #FRAME_LR]
	msr	primask, r7
	msr	apsr_nzcvq, r4
	pop	{r0-r7, r12, pc}
	.size	fast, . - fast
end:

	.section .rodata.tl_arch_pads, "a", %progbits
	.balign	4
	.global	tl_arch_pads
	.type	tl_arch_pads, %object
tl_arch_pads:
	.word	pads, end
	.size	tl_arch_pads, . - tl_arch_pads
#endif
