/* SPDX-License-Identifier: MIT */
/*
 * What a debugger stops in and steps over, for debug.c, on Cortex-M.
 */
#include "function.inc"

	.section .text.steps, "ax", %progbits

	/* A breakpoint of the firmware's own. */
	function step_break
	bkpt	0
	adds	r0, r0, #1
	bx	lr
	.size	step_break, . - step_break

	function step_undefined
	udf	3
	bx	lr
	.size	step_undefined, . - step_undefined

	function step_wait
	wfi
	adds	r0, r0, #1
	bx	lr
	.size	step_wait, . - step_wait

	function step_call
	svc	0
	adds	r0, r0, #1
	bx	lr
	.size	step_call, . - step_call

#if __ARM_ARCH > 6
	/* Division by zero is a fault from now on. */
	function step_trap_division
	ldr	r0, =0xe000ed14		/* CCR */
	ldr	r1, [r0]
	orr	r1, #0x10
	str	r1, [r0]
	dsb
	bx	lr
	.size	step_trap_division, . - step_trap_division
	.ltorg

	/* An exclusive sequence that is left in its middle for 41. */
	function step_window
	mov	r3, r0
	.global	step_window_begin
step_window_begin:
	ldrex	r1, [r3]
	cmp	r1, #41
	beq	1f
	adds	r1, r1, #2
	strex	r2, r1, [r3]
	.global	step_window_end
step_window_end:
	mov	r0, r1
	bx	lr
	.global	step_window_out
step_window_out:
1:	clrex
	movs	r0, #77
	bx	lr
	.size	step_window, . - step_window

	function step_divide
	sdiv	r0, r0, r1
	bx	lr
	.size	step_divide, . - step_divide
#endif
