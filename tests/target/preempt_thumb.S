/* SPDX-License-Identifier: MIT */
/*
 * PendSV for fp.c, as an RTOS has it: check_switch() of check.h.
 */
	.syntax	unified
	.thumb

#ifdef __ARM_FP
	.section .text.preempt, "ax", %progbits
	.global	PendSV_Handler
	.type	PendSV_Handler, %function
PendSV_Handler:
	tst	lr, #16
	bne	1f
	vpush	{s16-s31}
1:	ldr	r0, =0x7fa5a5a5
	vmov	s0, r0
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	vmov	s\n, s0
	.endr
	bne	1f
	vpop	{s16-s31}
1:	bx	lr
	.ltorg
	.size	PendSV_Handler, . - PendSV_Handler
#endif
