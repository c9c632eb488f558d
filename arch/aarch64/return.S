/* SPDX-License-Identifier: MIT */
/*
 * AArch64: where functions return to whose return is hooked. At EL1 without a trap, and without a
 * word in ELR or SPSR: who returns may be about to return from a trap. Follows the Arm Architecture
 * Reference Manual for A-profile, DDI 0487: C5.2.1 (who may read CurrentEL), C5.2.3 (DAIF).
 *
 * x0 to x7 and v0 to v7 may hold a result, and after -fipa-ra any other register something of the
 * caller's. All are preserved but x30, which is the return address, as after any return. They are
 * in a struct a64_regs below the caller's SP meanwhile.
 */
#include "frame.inc"
#include "tl_config.h"

#if TL_RETURN

	.section tl_text, "ax", %progbits

	.equ	CAUSE_RETURN, 2			/* TL_CAUSE_RETURN, asserted in trap.c */

	/* A return address is looked up by the call before it. */
	.balign	8
	function a64_return_frame
	nop
	function tl_return_trampoline
	mrs	xzr, currentel			/* traps at EL0 */
	sub	sp, sp, A64_REGS
	stp	x0, x1, [sp]
	each_caller_saved stp, str
	mrs	x1, nzcv
	mrs	x2, daif
	orr	x1, x1, x2
	msr	daifset, 3
	str	x1, [sp, A64_AT_CPSR]
	add	x0, sp, A64_REGS
	bl	tl_return_look
	cbz	x0, a64_return_record
return:
	str	x0, [sp, A64_AT(30)]
	ldr	x1, [sp, A64_AT_CPSR]
	msr	daif, x1
	msr	nzcv, x1
	each_caller_saved ldp, ldr
	ldp	x0, x1, [sp]
	add	sp, sp, A64_REGS
	ret
	.size	tl_return_trampoline, . - tl_return_trampoline

	/* A snapshot: the registers, as they are for the caller, into the record. */
	function a64_return_record
	add	x0, sp, A64_REGS
	add	x1, sp, A64_AT_RECORD
	bl	tl_return_record
	cbz	x0, a64_return_in_c
	ldr	x1, [sp, A64_AT_RECORD]
	cbz	x1, return
	str	x0, [sp, A64_AT(30)]
	mov	x2, x0
	bl	pstate
	record_all
	b	return
	/* For what follows, too: x3: PSTATE, as a trap from there would have shown it. Changes
	 * x4. */
pstate:
	ldr	x3, [sp, A64_AT_CPSR]
	mrs	x4, currentel
	orr	x3, x3, x4
	mrs	x4, spsel
	orr	x3, x3, x4
	ret
	.size	a64_return_record, . - a64_return_record

	/* Else in C, with interrupts as they were. */
	function a64_return_in_c
	each_other stp
	bl	pstate
	ldr	x30, [sp, A64_AT(30)]
	add	x0, sp, A64_REGS
	str	x0, [sp, A64_AT_SP]
	stp	x30, x3, [sp, A64_AT_PC]
	stp	xzr, xzr, [sp, A64_AT_STACK]	/* and LEAVE */
	msr	daif, x3
	mov	x19, sp
	mov	x0, sp
	mov	w1, CAUSE_RETURN
	bl	a64_run
	cbz	w0, a64_return_nowhere
	ldr	x0, [sp, A64_AT_PC]
	ldr	x1, [sp, A64_AT(30)]
	cmp	x0, x1
	b.ne	a64_return_elsewhere
	ldr	x1, [sp, A64_AT_CPSR]
	msr	nzcv, x1
	each_caller_saved ldp, ldr
	each_other ldp
	ldp	x0, x1, [sp]
	add	sp, sp, A64_REGS
	ret
	.size	a64_return_in_c, . - a64_return_in_c

	/* A handler has changed the PC: only a trap's return leaves no register behind. */
	function a64_return_elsewhere
	msr	daifset, 3
	add	x0, sp, A64_REGS
	str	x0, [sp, A64_AT_SP]
	mov	w0, 1
	b	a64_go_on
	.size	a64_return_elsewhere, . - a64_return_elsewhere

	/* Nobody knows where to: a fault, in which the firmware's handler finds the registers. */
	function a64_return_nowhere
	each_caller_saved ldp, ldr
	each_other ldp
	ldp	x0, x1, [sp]
	add	sp, sp, A64_REGS
	udf	0
	.size	a64_return_nowhere, . - a64_return_nowhere
a64_return_frame_end:
	.global	a64_return_frame_end

#include "cfi.inc"
#endif
