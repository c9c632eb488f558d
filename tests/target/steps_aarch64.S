/* SPDX-License-Identifier: MIT */
/*
 * What a debugger stops in and steps over, for debug.c, on AArch64.
 */
#include "function.inc"

	.section .text.steps, "ax", %progbits

	/* A breakpoint of the firmware's own. */
	function step_break
	brk	1
	add	x0, x0, 1
	ret
	.size	step_break, . - step_break

	function step_undefined
	udf	0
	ret
	.size	step_undefined, . - step_undefined

	function step_wait
	wfi
	add	x0, x0, 1
	ret
	.size	step_wait, . - step_wait

	function step_call
	mov	x8, 1				/* check_aarch64.c: adds 1 to x0 */
	svc	0
	add	x0, x0, 1
	ret
	.size	step_call, . - step_call

	/* An exclusive sequence that is left in its middle for 41. */
	function step_window
	mov	x3, x0
	.global	step_window_begin
step_window_begin:
	ldxr	w1, [x3]
	cmp	w1, 41
	b.eq	1f
	add	w1, w1, 2
	stxr	w2, w1, [x3]
	.global	step_window_end
step_window_end:
	mov	w0, w1
	ret
	.global	step_window_out
step_window_out:
1:	mov	x0, 77
	ret
	.size	step_window, . - step_window
