/* SPDX-License-Identifier: MIT */
/*
 * For seen.c: a load that faults. All instructions are of one length here.
 */
	.section .text.sight, "ax", %progbits

	.global	sight_load, sight_load_itself
	.type	sight_load, %function
sight_load:
	nop
sight_load_itself:
	ldrb	w0, [x0]
	ret
	.size	sight_load, . - sight_load
