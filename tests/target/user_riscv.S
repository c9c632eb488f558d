/* SPDX-License-Identifier: MIT */
/*
 * User mode under the PMP, for user.c: see check.h. The vector is an example of what trapline.h
 * asks of firmware with such code.
 */
#include "function.inc"
#include "riscv/xlen.h"
#include "tl_config.h"

	.equ	USER_STACK, 1024
	.equ	TOR_RX, 0x0d
	.equ	TOR_RW, 0x0b

	.section tl_text, "ax", @progbits

	/* mscratch of this firmware: 0 in machine mode; in user mode the stack of machine mode. */
	.balign	64
	.global	tl_vectors
	.type	tl_vectors, @function
tl_vectors:
	csrrw	sp, mscratch, sp
	bnez	sp, 1f
	csrrw	sp, mscratch, zero
	j	tl_trap_entry
1:	addi	sp, sp, -16
	SREG	t0, WORD(sp)
	csrrw	t0, mscratch, zero
	SREG	t0, 0(sp)
	LREG	t0, WORD(sp)
	j	tl_trap_entry_user
	.size	tl_vectors, . - tl_vectors

	.global	tl_return_to_user
	.type	tl_return_to_user, @function
tl_return_to_user:
	addi	sp, sp, 16
	csrw	mscratch, sp
	LREG	sp, -16(sp)
	mret
	.size	tl_return_to_user, . - tl_return_to_user

	.section .text.user, "ax", @progbits
	.option	norelax

	.macro	to_pmp entry, symbol
	la	t0, \symbol
	srli	t0, t0, 2
	csrw	pmpaddr\entry, t0
	.endm

	/*
	 * Regions, each a pair of entries: text, slots, the stack. It comes back by ECALL, after
	 * which check_riscv.c goes on in machine mode, with the user's stack: until mscratch says
	 * so, an interrupt is taken on that of machine mode, whatever is in sp.
	 */
	.global	run_as_user
	.type	run_as_user, @function
run_as_user:
	addi	sp, sp, -32
	SREG	ra, 0 * WORD(sp)
	SREG	s0, 1 * WORD(sp)
	mv	s0, sp
	csrci	mstatus, 8
	to_pmp	0, __text_start
	to_pmp	1, __text_end
	to_pmp	2, tl_slots
	to_pmp	3, (tl_slots + TL_POINTS * TL_SLOT_SIZE)
	to_pmp	4, user_stack
	to_pmp	5, user_stack_end
	li	t0, TOR_RX << 8
	beqz	a3, 1f
	li	t0, TOR_RX << 8 | TOR_RX << 24
1:	li	t1, TOR_RW << 8
#if __riscv_xlen == 64
	slli	t1, t1, 32
	or	t0, t0, t1
#else
	csrw	pmpcfg1, t1
#endif
	csrw	pmpcfg0, t0
	csrw	mscratch, sp
	la	t0, 2f
	csrw	mepc, t0
	li	t0, 0x1800			/* MPP: user */
	csrc	mstatus, t0
	li	t0, 0x80			/* MPIE */
	csrs	mstatus, t0
	mv	t1, a0
	mv	a0, a1
	mv	sp, a2
	mret
2:	jalr	t1
	li	a7, 0
	ecall
	mv	sp, s0
	csrw	mscratch, zero
	LREG	ra, 0 * WORD(sp)
	LREG	s0, 1 * WORD(sp)
	addi	sp, sp, 32
	ret
	.size	run_as_user, . - run_as_user

	/* code_sum(), with gp and tp leading nowhere. */
	.global	user_lost
	.type	user_lost, @function
user_lost:
	mv	t0, gp
	mv	t1, tp
	mv	t2, ra
	li	gp, 3
	li	tp, 3
	call	code_sum
	mv	gp, t0
	mv	tp, t1
	jr	t2
	.size	user_lost, . - user_lost

	.section .bss.user, "aw", @nobits
	.balign	16
	.global	user_stack, user_stack_end
user_stack:
	.space	USER_STACK
user_stack_end:
