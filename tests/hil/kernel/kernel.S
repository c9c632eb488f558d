/* SPDX-License-Identifier: MIT */
/*
 * The assembly of kernel.c: its trap vector, the way into user mode and back, and what runs there.
 */
#include "riscv_mode.h"

#if __riscv_xlen == 64
#define WORD 8
#define LREG ld
#define SREG sd
#else
#define WORD 4
#define LREG lw
#define SREG sw
#endif

	.equ	EPC, 32 * WORD			/* struct frame: x0 to x31, epc, status */
	.equ	STATUS, 33 * WORD
	.equ	FRAME, 36 * WORD

	.macro	each_but_sp op
	.irp	n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, \
		23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	x\n, \n * WORD(sp)
	.endr
	.endm

	.macro	each_kept op			/* s0 to s11 */
	.equ	at, WORD
	.irp	n, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	\op	x\n, at(sp)
	.equ	at, at + WORD
	.endr
	.endm

	.section tl_text, "ax", @progbits
	.option	norelax

	/* sscratch: 0 in the kernel; in user mode the stack on which the kernel takes its traps. */
	.balign	64
	.global	tl_vectors, tl_chained_trap
	.type	tl_vectors, @function
	.type	tl_chained_trap, @function
tl_vectors:
tl_chained_trap:
	csrrw	sp, XSCRATCH, sp
	bnez	sp, 1f
	csrrw	sp, XSCRATCH, sp
1:	addi	sp, sp, -FRAME
	each_but_sp SREG
	csrrw	t0, XSCRATCH, zero
	bnez	t0, 2f
	addi	t0, sp, FRAME
2:	csrr	t1, XEPC
	csrr	t2, XSTATUS
	SREG	t0, 2 * WORD(sp)
	SREG	t1, EPC(sp)
	SREG	t2, STATUS(sp)
	mv	a0, sp
	call	kernel_trap
	LREG	t1, EPC(sp)
	LREG	t2, STATUS(sp)
	csrw	XEPC, t1
	csrw	XSTATUS, t2
	andi	t2, t2, XSTATUS_PP
	bnez	t2, 3f
	addi	t0, sp, FRAME
	csrw	XSCRATCH, t0
3:	each_but_sp LREG
	LREG	sp, 2 * WORD(sp)
	XRET
	.size	tl_vectors, . - tl_vectors

	.section .text.kernel, "ax", @progbits

	/* void run_user(pc, sp, a0): until the program ends. */
	.global	run_user, user_ended
	.type	run_user, @function
run_user:
	addi	sp, sp, -16 * WORD
	SREG	ra, 0(sp)
	each_kept SREG
	la	t0, kernel_stack
	SREG	sp, 0(t0)
	csrci	XSTATUS, XSTATUS_IE
	csrw	XSCRATCH, sp
	csrw	XEPC, a0
	li	t0, XSTATUS_PP
	csrc	XSTATUS, t0
	li	t0, XSTATUS_PIE
	csrs	XSTATUS, t0
	mv	sp, a1
	mv	a0, a2
	XRET
	/* kernel_trap() comes back to here, with sp as it was. */
user_ended:
	LREG	ra, 0(sp)
	each_kept LREG
	addi	sp, sp, 16 * WORD
	ret
	.size	run_user, . - run_user

	/* Programs: they call the kernel with a number in a7. None knows where it runs. */
	.section .user, "ax", @progbits
	.balign	4
	.global	user_calls, user_reads, user_breaks
user_calls:				/* adds up what 10 calls return, and ends with that */
	li	s0, 10
	li	s1, 0
1:	mv	a0, s0
	li	a7, 1
	ecall
	add	s1, s1, a0
	addi	s0, s0, -1
	bnez	s0, 1b
	mv	a0, s1
	li	a7, 0
	ecall
user_reads:				/* what is the kernel's alone, at a0: a fault */
	LREG	a0, 0(a0)
	li	a7, 0
	ecall
user_breaks:				/* its own breakpoint */
	li	a0, 5
	ebreak
	addi	a0, a0, 1
	li	a7, 0
	ecall
