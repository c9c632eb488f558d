/* SPDX-License-Identifier: MIT */
/*
 * What tl_arch_init() writes to VBAR_EL1. In a library, this object is linked for that symbol.
 * Firmware that owns its vectors defines `tl_vectors` itself, as a table of its own; then this one
 * stays out. Its synchronous exceptions go on to tl_trap_entry, from EL1 with SP_EL1, and to
 * tl_trap_entry_other, from EL1 with SP_EL0 and from EL0, with every register untouched.
 *
 * Interrupts and SError go straight on to the firmware's table, tl_chained_vectors, but for a note
 * of how deep the stack was at an interrupt: see tl_arch_context().
 *
 * Follows the Arm Architecture Reference Manual for A-profile, DDI 0487: D1.4.1 (vector tables).
 */
#include "layout.h"

	.section tl_text, "ax", %progbits

	.macro	vector
	.balign	0x80
	.endm
	.macro	pass_on
	vector
	b	tl_chained_vectors + (. - tl_vectors)
	.endm
	.macro	interrupt
	vector
	.equ	at, . - tl_vectors
	sub	sp, sp, A64_REGS
	stp	x0, x1, [sp]
	adrp	x0, a64_interrupted
	ldr	x1, [x0, :lo12:a64_interrupted]
	cmp	sp, x1
	b.lo	1f
	mov	x1, sp
	str	x1, [x0, :lo12:a64_interrupted]
1:	ldp	x0, x1, [sp]
	add	sp, sp, A64_REGS
	b	tl_chained_vectors + at
	.endm

	.balign	0x800
	.global	tl_vectors
	.type	tl_vectors, %function
tl_vectors:
	.irp	entry, tl_trap_entry_other, tl_trap_entry, tl_trap_entry_other
	vector
	b	\entry
	interrupt
	interrupt
	pass_on
	.endr
	/* EL0 in AArch32 */
	pass_on
	interrupt
	interrupt
	pass_on
	.size	tl_vectors, . - tl_vectors
