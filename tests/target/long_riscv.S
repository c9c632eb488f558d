/* SPDX-License-Identifier: MIT */
/*
 * uint32_t code_long(uint32_t n): n + 600, by as many instructions of 2 bytes. See rtos.c.
 */
	.section .text.code_long, "ax", @progbits
	.option	rvc
	.balign	4
	.global	code_long
	.type	code_long, @function
code_long:
	.rept	600
	c.addi	a0, 1
	.endr
	ret
	.size	code_long, . - code_long
