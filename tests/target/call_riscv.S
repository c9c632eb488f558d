/* SPDX-License-Identifier: MIT */
/*
 * A call to the firmware's trap handler, for user.c and traps.c: see check.h. A call from
 * supervisor mode goes to what runs below it.
 */
#if !TL_RISCV_SUPERVISOR
	.equ	CALL, 1				/* check_riscv.c */

	.section .text.call, "ax", @progbits

	.global	code_call, code_call_itself
	.type	code_call, @function
code_call:
	li	a7, CALL
code_call_itself:
	ecall
	ret
	.size	code_call, . - code_call
#endif
