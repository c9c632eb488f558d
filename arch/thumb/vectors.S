/* SPDX-License-Identifier: MIT */
/*
 * The fault vectors under their CMSIS names. In a library, tl_arch_init() pulls this object in by
 * `tl_vectors`, and these strong definitions win over the firmware's weak ones. Firmware that owns
 * its handlers defines `tl_vectors` itself (any object will do); then this one stays out, and its
 * handlers branch to tl_trap_entry with lr and the stack untouched.
 */
	.syntax	unified
	.thumb
	.section tl_text, "ax", %progbits

	.global	tl_vectors
	.set	tl_vectors, HardFault_Handler

	.macro	handler name
	.global	\name
	.type	\name, %function
\name:
	.endm

	handler	HardFault_Handler
	handler	MemManage_Handler
	handler	BusFault_Handler
	handler	UsageFault_Handler
	handler	DebugMon_Handler
#if __ARM_ARCH == 6
	ldr	r0, =tl_trap_entry		/* r0 is in the frame */
	bx	r0
#else
	b.w	tl_trap_entry
#endif
	.size	HardFault_Handler, . - HardFault_Handler
