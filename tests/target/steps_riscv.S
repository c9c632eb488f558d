/* SPDX-License-Identifier: MIT */
/*
 * What a debugger stops in and steps over, for debug.c, on RISC-V.
 */
#include "function.inc"

	.section .text.steps, "ax", @progbits

	/* A breakpoint of the firmware's own. */
	function step_break
	ebreak
	addi	a0, a0, 1
	ret
	.size	step_break, . - step_break

	function step_undefined
	.half	0
	ret
	.size	step_undefined, . - step_undefined

	function step_wait
	wfi
	addi	a0, a0, 1
	ret
	.size	step_wait, . - step_wait

	function step_call
	li	a7, 1				/* check_riscv.c: adds 1 to a0 */
	ecall
	addi	a0, a0, 1
	ret
	.size	step_call, . - step_call

	/* An exclusive sequence that is left in its middle for 41. */
	function step_window
	mv	a3, a0
	li	a4, 41
	.global	step_window_begin
step_window_begin:
	lr.w	a1, (a3)
	beq	a1, a4, 1f
	addi	a1, a1, 2
	sc.w	a2, a1, (a3)
	.global	step_window_end
step_window_end:
	mv	a0, a1
	ret
	.global	step_window_out
step_window_out:
1:	li	a0, 77
	ret
	.size	step_window, . - step_window
