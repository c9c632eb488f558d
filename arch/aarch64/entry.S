/* SPDX-License-Identifier: MIT */
/*
 * AArch64 trap entry at EL1: from the interrupted registers to struct a64_regs on the stack of
 * SP_EL1, through tl_trap(), and back. Follows the Arm Architecture Reference Manual for A-profile,
 * DDI 0487: D1.4 (exceptions), D17.2.37 (ESR_EL1).
 *
 * Of code that itself has SP_EL1 the stack pointer is trusted: nothing lies below it (AAPCS64), and
 * there is room for what a trap needs. Other code, at EL0 or with SP_EL0, arrives with SP_EL1 where
 * the firmware has it for its own handlers.
 *
 * What is not the agent's goes on to the firmware's own table of vectors, tl_chained_vectors, at
 * the same offset. It finds all registers, ELR, SPSR, ESR and FAR as the hardware left them.
 */
#include "frame.inc"
#include "tl_config.h"

	.section tl_text, "ax", %progbits

	.equ	HEAD, 3 * 8			/* TL_RECORD_HEAD, asserted in trap.c */
	.equ	POINT_HIGH, 0xf200		/* a BRK's syndrome, and that of a point's */
	.equ	POINT_LOW, 0x7470

	.equ	SAME, 0x200			/* vectors: EL1 with SP_EL1, with SP_EL0; EL0 */
	.equ	EL1T, 0
	.equ	EL0, 0x400

	.balign	16
	function tl_trap_entry
	sub	sp, sp, A64_REGS
	stp	x0, x1, [sp]
	each_caller_saved stp, str
	mrs	x1, esr_el1
	mov	w2, POINT_LOW
	movk	w2, POINT_HIGH, lsl 16
	cmp	w1, w2
	b.ne	save

	/* Most hits need no more than this. A struct tl_look is where what follows PSTATE would
	 * be. */
	mrs	x0, elr_el1
	mov	x2, sp
	add	x1, sp, A64_AT_LOOK
	stp	x2, xzr, [x1]
	bl	tl_first_look
	cbz	x0, save
	ldr	x1, [sp, A64_AT_RECORD]
	cbnz	x1, record
resume:
	msr	elr_el1, x0
	each_caller_saved ldp, ldr
	ldp	x0, x1, [sp]
	add	sp, sp, A64_REGS
	eret

record:
	mrs	x2, elr_el1
	mrs	x3, spsr_el1
	record_all
#if TL_FETCH
	tbz	x0, 0, resume
	ldr	x2, [x1, -8]			/* goes on with what is recorded */
	blr	x2
#endif
	b	resume

save:
	each_other stp
	add	x0, sp, A64_REGS
	str	xzr, [sp, A64_AT_STACK]
saved:
	mrs	x1, elr_el1
	mrs	x2, spsr_el1
	mrs	x3, esr_el1
	str	x0, [sp, A64_AT_SP]
	stp	x1, x2, [sp, A64_AT_PC]
	str	xzr, [sp, A64_AT_LEAVE]
	str	x3, [sp, A64_AT_SYNDROME]
	mov	x0, sp
	mov	x1, x3
	mov	x19, sp
	bl	a64_trap
	ldr	x1, [x19, A64_AT_LEAVE]
	cbnz	x1, leave

	/* Goes on at what is at x19; interrupts are off. w0: it was ours. */
	function a64_go_on
	mov	sp, x19
	ldp	x1, x2, [sp, A64_AT_PC]
	msr	elr_el1, x1
	msr	spsr_el1, x2
	ldr	x1, [sp, A64_AT_STACK]
	cbnz	x1, to_other
	cbz	w0, not_ours
	load_all
	eret
not_ours:
	load_all
	b	tl_chained_vectors + SAME

	/* On to the dispatcher, in the interrupted context or on the trap's stack: with x19 at the
	 * registers, where they are or where they were put, sp below. */
leave:
	msr	elr_el1, x1
	ldr	x19, [x19, A64_AT_SAVED]
	mov	sp, x19
	eret
	.size	tl_trap_entry, . - tl_trap_entry

	.balign	16
	function tl_trap_entry_other
	sub	sp, sp, A64_REGS
	stp	x0, x1, [sp]
	each_caller_saved stp, str
	each_other stp
	add	x1, sp, A64_REGS
	mrs	x0, sp_el0
	str	x1, [sp, A64_AT_STACK]
	b	saved
to_other:
	ldr	x1, [sp, A64_AT_SP]
	msr	sp_el0, x1
	cbz	w0, not_ours_either
	load_all A64_AT_STACK
	eret
not_ours_either:
	tst	x2, 0xf				/* whose, by SPSR */
	b.eq	1f
	load_all A64_AT_STACK
	b	tl_chained_vectors + EL1T
1:	load_all A64_AT_STACK
	b	tl_chained_vectors + EL0
	.size	tl_trap_entry_other, . - tl_trap_entry_other

	.macro	capture_pair n, m
	stp	x\n, x\m, [x0, A64_AT(\n)]
	.endm

	/* void tl_arch_capture(struct a64_regs *) */
	function tl_arch_capture
	.irp	n, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28
	.altmacro
	capture_pair \n, %(\n + 1)
	.noaltmacro
	.endr
	mov	x1, sp
	stp	x30, x1, [x0, A64_AT(30)]
	mrs	x1, nzcv
	mrs	x2, daif
	orr	x1, x1, x2
	mrs	x2, currentel
	orr	x1, x1, x2
	mrs	x2, spsel
	orr	x1, x1, x2
	stp	x30, x1, [x0, A64_AT_PC]
	str	xzr, [x0, A64_AT_STACK]
	ret
	.size	tl_arch_capture, . - tl_arch_capture
