/* SPDX-License-Identifier: MIT */
/*
 * What must be assembly besides the trap entry: the dispatcher, a return from an exception,
 * accesses that may fault. In instructions that every Cortex-M has.
 */
#include "tl_config.h"

	.syntax	unified
	.thumb
	.section tl_text, "ax", %progbits

	.equ	CAUSE_DISPATCH, 1		/* TL_CAUSE_DISPATCH, asserted in trap.c */

#if TL_DECODE
	/*
	 * Runs in the interrupted context, called by an exception return: r0 and SP are the saved
	 * registers. The closing breakpoint is known by its address; r4 then leads back to the
	 * registers.
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

	/* Where a simulated exception return really returns: lr holds EXC_RETURN; r0-r3, r12 and
	 * lr come from the frame it pops. */
	.global	thumb_exc_return
	.type	thumb_exc_return, %function
thumb_exc_return:
	bx	lr
	.size	thumb_exc_return, . - thumb_exc_return
#endif

#if TL_GDB
	/* A breakpoint, and back. */
	.global	tl_arch_break
	.type	tl_arch_break, %function
tl_arch_break:
	bkpt	0x7d
	bx	lr
	.size	tl_arch_break, . - tl_arch_break
#endif

#if TL_TRACE
	/*
	 * tl_arch_words(from, to, n): a word is 2.5 instructions, and 11 where what it
	 * goes to is not aligned and stores must be. A load that faults leaves r0 at its address.
	 */
	.global	tl_arch_words, thumb_words_end
	.type	tl_arch_words, %function
	.type	thumb_words_end, %function
	.macro	word
	ldm	r0!, {r3}
#ifdef __ARM_FEATURE_UNALIGNED
	str	r3, [r1], #4
#else
	stm	r1!, {r3}
#endif
	.endm
tl_arch_words:
	lsls	r3, r1, #30
	beq	2f
#ifdef __ARM_FEATURE_UNALIGNED
	ldr	r3, =0xe000ed14			/* CCR.UNALIGN_TRP */
	ldr	r3, [r3]
	lsls	r3, #28
	bpl	2f
#endif
1:	ldm	r0!, {r3}
	strb	r3, [r1]
	lsrs	r3, #8
	strb	r3, [r1, #1]
	lsrs	r3, #8
	strb	r3, [r1, #2]
	lsrs	r3, #8
	strb	r3, [r1, #3]
	adds	r1, #4
	subs	r2, #1
	bne	1b
	bx	lr
2:	subs	r2, #4
	blo	4f
3:	word
	word
	word
	word
	subs	r2, #4
	bhs	3b
4:	adds	r2, #4
	beq	thumb_words_end
5:	word
	subs	r2, #1
	bne	5b
thumb_words_end:
	bx	lr
	.size	tl_arch_words, . - tl_arch_words
#endif

	/* int thumb_load(addr, bytes, uintptr_t *to), thumb_store(addr, bytes, value): 1, 2 or 4
	 * bytes; 0, or 1 if it faults. */
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

#if TL_DECODE
	/* void tl_arch_raise(addr, bytes): the access that a simulation could not make. Of
	 * words, one that must be aligned. */
	.global	tl_arch_raise, thumb_raise_end
	.type	tl_arch_raise, %function
	.type	thumb_raise_end, %function
tl_arch_raise:
	cmp	r1, #2
	beq	1f
	bhi	2f
	ldrb	r0, [r0]
	bx	lr
1:	ldrh	r0, [r0]
	bx	lr
2:	ldm	r0!, {r1}
	bx	lr
thumb_raise_end:
	.size	tl_arch_raise, . - tl_arch_raise
#endif
