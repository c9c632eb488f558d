/* SPDX-License-Identifier: MIT */
/*
 * uint32_t code_long(uint32_t n): n + 600, by as many instructions. See rtos.c.
 */
	.section .text.code_long, "ax", %progbits
	.global	code_long
	.type	code_long, %function
code_long:
	.rept	600
	add	w0, w0, 1
	.endr
	ret
	.size	code_long, . - code_long
