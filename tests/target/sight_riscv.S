/* SPDX-License-Identifier: MIT */
/*
 * For seen.c: a load that faults, of 4 bytes, whose second half alone would be another instruction:
 * c.mv s1, a0 is 84aa.
 */
	.section .text.sight, "ax", @progbits

	/* Returns what its load left in a0, with s1 changed if somebody took the load for one of
	 * 2 bytes. */
	.global	sight_load, sight_load_itself
	.type	sight_load, @function
	.option	push
	.option	norelax
sight_load:
	addi	sp, sp, -16
	sw	s1, 0(sp)
	li	s1, 0
sight_load_itself:
	.option	norvc
	lb	a0, -1974(a0)	/* its upper half is 84a5 or the like: an instruction of 2 bytes */
	.option	pop
	add	a0, a0, s1
	lw	s1, 0(sp)
	addi	sp, sp, 16
	ret
	.size	sight_load, . - sight_load
