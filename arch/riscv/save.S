/* SPDX-License-Identifier: MIT */
/*
 * How most functions of the agent begin and end (-msave-restore): `call t0, __riscv_save_N` makes
 * a frame and keeps ra and s0 to s(N - 1) in it, from its top down; `tail __riscv_restore_N`
 * returns from it. The agent links no libgcc, whose own are no part of tl_text. What a direct hit
 * runs saves for itself, since that is faster (HOT in the Makefile).
 *
 * Frames are multiples of 16 bytes. What has equal frames shares an entry, and may save a register
 * or more for nothing.
 */
	.section tl_text, "ax", @progbits

#if __riscv_xlen == 64
	.equ	XLEN, 8
#define SREG sd
#define LREG ld
#else
	.equ	XLEN, 4
#define SREG sw
#define LREG lw
#endif
	.equ	EACH, 16 / XLEN			/* registers that make a frame larger */
	.equ	ALL, (13 * XLEN + 15) & ~15	/* a frame for all of them */

	.macro	name what, n
	.global	__riscv_\what\()_\n
	.type	__riscv_\what\()_\n, @function
__riscv_\what\()_\n:
	.endm

	/* Names of save or restore for all whose frame is as that of the register `last`. */
	.macro	names what, last
	.set	n, \last & ~(EACH - 1)
	.rept	\last - n + 1
	.altmacro
	name	\what, %n
	.noaltmacro
	.set	n, n + 1
	.endr
	.endm

	.macro	each_register op
	\op	12, s11
	\op	11, s10
	\op	10, s9
	\op	9, s8
	\op	8, s7
	\op	7, s6
	\op	6, s5
	\op	5, s4
	\op	4, s3
	\op	3, s2
	\op	2, s1
	\op	1, s0
	\op	0, ra
	.endm

	/* Room for all, since nothing can be kept below sp; t1 is what of it is too much. */
	.macro	enter n, reg
	.if	\n == 12 || (\n + 1) % EACH == 0
	names	save, \n
	addi	sp, sp, -ALL
	li	t1, (ALL - (\n + 1) * XLEN) & ~15
	j	.Lstore\n
	.endif
	.endm

	.macro	store n, reg
.Lstore\n:
	SREG	\reg, ALL - (\n + 1) * XLEN(sp)
	.endm

	.macro	load n, reg
	.if	\n == 12 || (\n + 1) % EACH == 0
	names	restore, \n
	.endif
	LREG	\reg, -(\n + 1) * XLEN & 15(sp)
	.if	\n % EACH == 0
	addi	sp, sp, 16
	.endif
	.endm

	each_register enter
	each_register store
	add	sp, sp, t1
	jr	t0

	each_register load
	ret
