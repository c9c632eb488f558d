/* SPDX-License-Identifier: MIT */
/*
 * uint32_t code_long(uint32_t n): n + 600, by as many instructions of 2 bytes. See rtos.c.
 */
	.syntax	unified
	.thumb
	.section .text.code_long, "ax", %progbits
	.balign	4
	.global	code_long
	.type	code_long, %function
code_long:
	.rept	600
	adds	r0, #1
	.endr
	bx	lr
	.size	code_long, . - code_long
