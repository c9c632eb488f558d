/* SPDX-License-Identifier: MIT */
/*
 * RISC-V trap entry, in the mode that mode.h says: from the interrupted registers to struct
 * riscv_regs on the interrupted stack, through tl_trap(), and back. Follows the RISC-V Instruction
 * Set Manual, volume II, 20211203: 3.1.6.1, 3.1.7, 3.1.14, 3.1.15, 3.3.2; 4.1.
 *
 * The stack pointer of the interrupted code is trusted: nothing lies below it (psABI), and there is
 * room for what a trap needs. No register is free for a jump to the firmware's own handler, so that
 * handler is a symbol: tl_chained_trap, at most 1 MiB away. It finds all registers, xcause and
 * xtval as the hardware left them.
 *
 * In user mode the stack pointer is not to be trusted, and only the firmware knows what xscratch
 * holds, which is not touched here: its vector tells user mode from its own, finds a stack,
 * and goes on to tl_trap_entry_user (trapline.h).
 */
#include "frame.inc"
#include "tl_config.h"

	.section tl_text, "ax", @progbits

	.equ	CAUSE_BREAKPOINT, 3
	.equ	TL_RECORD_HEAD, 3		/* asserted in trap.c */
	.equ	TL_RING_USER_BIT, 31

	.balign	4
	.global	tl_trap_entry
	.type	tl_trap_entry, @function
tl_trap_entry:
	addi	sp, sp, -RISCV_REGS
	SREG	t0, RISCV_AT(5)(sp)
	csrr	t0, XCAUSE
	bltz	t0, interrupt
	each_caller_saved SREG
	addi	t0, t0, -CAUSE_BREAKPOINT
	bnez	t0, save

	/* Most hits need no more than this. A struct tl_look is where the status and what follows
	 * would be. */
	csrr	a0, XEPC
	addi	a1, sp, RISCV_AT_LOOK
	SREG	sp, RISCV_AT_LOOK(sp)
	SREG	zero, RISCV_AT_RECORD(sp)
	call	tl_first_look
	beqz	a0, save
	LREG	a1, RISCV_AT_RECORD(sp)
	bnez	a1, record
resume:
	csrw	XEPC, a0
	each_caller_saved LREG
	LREG	t0, RISCV_AT(5)(sp)
	addi	sp, sp, RISCV_REGS
	XRET

record:
	csrr	t1, XEPC
	record_all
	csrr	t0, XSTATUS
	li	t1, RISCV_STATUS_PP
	and	t0, t0, t1
	bnez	t0, recorded
	LREG	t0, -TL_RECORD_HEAD * RISCV_WORD(a1)
	li	t1, 1
	slli	t1, t1, TL_RING_USER_BIT
	or	t0, t0, t1
	SREG	t0, -TL_RECORD_HEAD * RISCV_WORD(a1)
recorded:
#if TL_FETCH
	andi	t0, a0, 1
	beqz	t0, resume
	LREG	t0, -RISCV_WORD(a1)		/* goes on with what is recorded */
	jalr	t0
#endif
	j	resume

save:
	each_other SREG
	addi	t0, sp, RISCV_REGS
	SREG	zero, RISCV_AT_STACK(sp)
saved:
	csrr	t1, XEPC
	csrr	t2, XSTATUS
	SREG	t0, RISCV_AT(2)(sp)
	SREG	t1, RISCV_AT_PC(sp)
	SREG	t2, RISCV_AT_STATUS(sp)
	SREG	zero, RISCV_AT_LEAVE(sp)
	csrr	a1, XCAUSE
	mv	a0, sp
	mv	s0, sp
	andi	sp, sp, -16
	call	riscv_trap

	LREG	t0, RISCV_AT_LEAVE(s0)
	bnez	t0, leave
	/* Goes on at what is at s0; interrupts are off. a0: it was ours. */
	.global	riscv_go_on
	.type	riscv_go_on, @function
riscv_go_on:
	mv	sp, s0
	LREG	t0, RISCV_AT_PC(sp)
	LREG	t1, RISCV_AT_STATUS(sp)
	li	t2, RISCV_STATUS_PP | RISCV_STATUS_PIE | RISCV_STATUS_FS
	and	t1, t1, t2
	csrw	XEPC, t0
	csrc	XSTATUS, t2
	csrs	XSTATUS, t1
	LREG	t0, RISCV_AT_STACK(sp)
	bnez	t0, to_user
	beqz	a0, not_ours
	load_all
	LREG	sp, RISCV_AT(2)(sp)
	XRET

	/* On to the dispatcher, in the interrupted context: with s0 at the registers, where they
	 * are or where they were put, sp below. */
leave:
	csrw	XEPC, t0
	LREG	s0, RISCV_AT_SAVED(s0)
	andi	sp, s0, -16
	XRET

not_ours:
	load_all
	LREG	sp, RISCV_AT(2)(sp)
	j	tl_chained_trap

	.balign	4
	.global	tl_trap_entry_user
	.type	tl_trap_entry_user, @function
tl_trap_entry_user:
	addi	sp, sp, -RISCV_REGS
	SREG	t0, RISCV_AT(5)(sp)
	csrr	t0, XCAUSE
	bltz	t0, user_interrupt
	each_caller_saved SREG
	each_other SREG
	addi	t1, sp, RISCV_REGS
	LREG	t0, 0(t1)
	SREG	t1, RISCV_AT_STACK(sp)
	/* Handlers are the firmware's: gp and tp, too. */
1:	auipc	t1, %pcrel_hi(riscv_pointers)
	addi	t1, t1, %pcrel_lo(1b)
	LREG	gp, 0(t1)
	LREG	tp, RISCV_WORD(t1)
	j	saved

	/* The user's stack pointer goes back to its word, at t0. */
to_user:
	LREG	t1, RISCV_AT(2)(sp)
	SREG	t1, 0(t0)
	SREG	t0, RISCV_AT(2)(sp)
	beqz	a0, not_ours_either
	load_all
	LREG	sp, RISCV_AT(2)(sp)
	j	tl_return_to_user
not_ours_either:
	load_all
	LREG	sp, RISCV_AT(2)(sp)
	j	tl_chained_user_trap

	/* Straight on, but for a note of how deep it was: see tl_arch_context(). */
	.macro	note_interrupt
1:	auipc	t0, %pcrel_hi(riscv_interrupted)
	LREG	t0, %pcrel_lo(1b)(t0)
	bgtu	t0, sp, 3f
2:	auipc	t0, %pcrel_hi(riscv_interrupted)
	SREG	sp, %pcrel_lo(2b)(t0)
3:	LREG	t0, RISCV_AT(5)(sp)
	addi	sp, sp, RISCV_REGS
	.endm
interrupt:
	note_interrupt
	j	tl_chained_trap
user_interrupt:
	note_interrupt
	j	tl_chained_user_trap
	.size	tl_trap_entry, . - tl_trap_entry

	/*
	 * tl_chained_trap has no default: firmware without it does not link, where it would hang in
	 * its first fault. These two come only with tl_trap_entry_user; where they are forgotten,
	 * the firmware's handler gets to know.
	 */
	.weak	tl_chained_user_trap, tl_return_to_user
	.type	tl_chained_user_trap, @function
	.type	tl_return_to_user, @function
tl_chained_user_trap:
tl_return_to_user:
	j	tl_chained_trap
	.size	tl_chained_user_trap, . - tl_chained_user_trap

	/* void tl_arch_capture(struct riscv_regs *) */
	.global	tl_arch_capture
	.type	tl_arch_capture, @function
tl_arch_capture:
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	SREG	x\n, RISCV_AT(\n)(a0)
	.endr
	SREG	ra, RISCV_AT_PC(a0)
	csrr	t0, XSTATUS
	SREG	t0, RISCV_AT_STATUS(a0)
	ret
	.size	tl_arch_capture, . - tl_arch_capture
