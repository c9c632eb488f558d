/* SPDX-License-Identifier: MIT */
/*
 * A call to the firmware's trap handler, for user.c and traps.c: see check.h.
 */
	.equ	CALL, 1				/* check_aarch64.c */

	.section .text.call, "ax", %progbits

	.global	code_call, code_call_itself
	.type	code_call, %function
code_call:
	mov	x8, CALL
code_call_itself:
	svc	0
	ret
	.size	code_call, . - code_call
