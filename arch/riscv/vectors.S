/* SPDX-License-Identifier: MIT */
/*
 * What tl_arch_init() writes to mtvec or stvec: the address of `tl_vectors`, mode bits included
 * (here: 0, direct). In a library, this object is linked for that symbol. Firmware that owns its
 * trap vectors defines `tl_vectors` itself, as whatever that shall be; then this one stays out. Its
 * handler goes on to tl_trap_entry, for exceptions and interrupts, with every register untouched;
 * or it calls tl_trap_saved() (trapline.h).
 */
	.section tl_text, "ax", @progbits

	.balign	64		/* more than the specification asks for: some cores do */
	.global	tl_vectors
	.type	tl_vectors, @function
tl_vectors:
	j	tl_trap_entry
	.size	tl_vectors, . - tl_vectors
