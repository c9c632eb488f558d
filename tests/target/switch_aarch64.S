/* SPDX-License-Identifier: MIT */
/*
 * The part of tasks_aarch64.c that must be assembly: see there.
 */
	.equ	SAVED, 160			/* x19 to x30; d8 to d15 */

	.arch_extension simd
	.section .text.switch, "ax", %progbits

	.macro	each_kept op
	.irp	n, 19, 21, 23, 25, 27, 29
	.altmacro
	pair	\op, x, \n, %(\n + 1), %((\n - 19) * 8)
	.noaltmacro
	.endr
	.irp	n, 8, 10, 12, 14
	.altmacro
	pair	\op, d, \n, %(\n + 1), %((\n - 8) * 8 + 96)
	.noaltmacro
	.endr
	.endm
	.macro	pair op, kind, n, m, at
	\op	\kind\()\n, \kind\()\m, [sp, \at]
	.endm

	/* void check_switch_from(void): returns in the task that goes on. What EL0 has as its stack
	 * pointer goes with it. */
	.global	check_switch_from
	.type	check_switch_from, %function
check_switch_from:
	mrs	x1, sp_el0
	str	x1, [sp, -16]!
	sub	sp, sp, SAVED
	each_kept stp
	mov	x0, sp
	mov	x1, 0
	mov	x2, 0
	bl	check_next
	ldr	x0, [x0]
	mov	sp, x0
	each_kept ldp
	add	sp, sp, SAVED
	ldr	x1, [sp], 16
	msr	sp_el0, x1
	ret
	.size	check_switch_from, . - check_switch_from

	/* The first turn of a task: out of the trap in which it got it. x19: its function, x20: the
	 * argument, x21: where to then, x22: its stack, x23: that of its traps. */
	.global	check_start_task
	.type	check_start_task, %function
check_start_task:
	msr	elr_el1, x19
	msr	spsr_el1, xzr			/* EL0, nothing masked */
	msr	sp_el0, x22
	mov	x0, x20
	mov	x30, x21
	mov	sp, x23
	eret
	.size	check_start_task, . - check_start_task
