/* SPDX-License-Identifier: MIT */
/*
 * RISC-V: where functions return to whose return is hooked. In the agent's mode without a trap, and
 * without a word in xepc or in the status but for xIE: who returns may be about to return from a
 * trap. Follows the RISC-V Instruction Set Manual, volume II, 20211203: 2.1 (who may read a CSR),
 * 3.1.6.1 (xIE).
 *
 * a0, a1, fa0 and fa1 may hold a result, and after -fipa-ra any other register something of the
 * caller's. All are preserved but ra, which is the return address, as after any return. They are in
 * a struct riscv_regs below the caller's SP meanwhile.
 */
#include "frame.inc"
#include "tl_config.h"

#if TL_RETURN

	.section tl_text, "ax", @progbits

	/* A return address is looked up by the call before it. */
	.global	riscv_return_frame, riscv_return_frame_end

	.equ	CAUSE_RETURN, 2			/* TL_CAUSE_RETURN, asserted in trap.c */

	.balign	4
riscv_return_frame:
	.option	push
	.option	norvc
	nop
	.option	pop
	.global	tl_return_trampoline
	.type	tl_return_trampoline, @function
tl_return_trampoline:
	csrr	zero, XSTATUS			/* traps in user mode */
	addi	sp, sp, -RISCV_REGS
	SREG	t0, RISCV_AT(5)(sp)
	each_caller_saved SREG
	csrrci	t0, XSTATUS, RISCV_STATUS_IE
	SREG	t0, RISCV_AT_STATUS(sp)
	addi	a0, sp, RISCV_REGS
	call	tl_return_look
	beqz	a0, riscv_return_record
return:
	SREG	a0, RISCV_AT(1)(sp)
	LREG	t0, RISCV_AT_STATUS(sp)
	andi	t0, t0, RISCV_STATUS_IE
	csrs	XSTATUS, t0
	each_caller_saved LREG
	LREG	t0, RISCV_AT(5)(sp)
	addi	sp, sp, RISCV_REGS
	ret
	.size	tl_return_trampoline, . - tl_return_trampoline

	/* A snapshot: the registers, as they are for the caller, into the record. */
	.global	riscv_return_record
	.type	riscv_return_record, @function
riscv_return_record:
	addi	a0, sp, RISCV_REGS
	addi	a1, sp, RISCV_AT_RECORD
	call	tl_return_record
	beqz	a0, riscv_return_in_c
	LREG	a1, RISCV_AT_RECORD(sp)
	beqz	a1, return
	SREG	a0, RISCV_AT(1)(sp)
	mv	t1, a0
	record_all
	j	return
	.size	riscv_return_record, . - riscv_return_record

	/* Else in C, with interrupts as they were, and the status as a trap from here would leave
	 * it. */
	.global	riscv_return_in_c
	.type	riscv_return_in_c, @function
riscv_return_in_c:
	each_other SREG
	LREG	t0, RISCV_AT_STATUS(sp)
	li	t1, RISCV_STATUS_PP | RISCV_STATUS_PIE
	andi	t2, t0, RISCV_STATUS_IE
	or	t0, t0, t1
	csrs	XSTATUS, t2
	bnez	t2, 1f
	xori	t0, t0, RISCV_STATUS_PIE
1:	SREG	t0, RISCV_AT_STATUS(sp)
	addi	t0, sp, RISCV_REGS
	SREG	t0, RISCV_AT(2)(sp)
	SREG	ra, RISCV_AT_PC(sp)
	mv	a0, sp
	li	a1, CAUSE_RETURN
	mv	s0, sp
	andi	sp, sp, -16
	call	riscv_run
	mv	sp, s0
	beqz	a0, riscv_return_nowhere
	LREG	t0, RISCV_AT_PC(sp)
	LREG	t1, RISCV_AT(1)(sp)
	bne	t0, t1, riscv_return_elsewhere
	load_all
	addi	sp, sp, RISCV_REGS
	ret
	.size	riscv_return_in_c, . - riscv_return_in_c

	/* A handler has changed the PC: only a trap's return leaves no register behind. */
	.global	riscv_return_elsewhere
	.type	riscv_return_elsewhere, @function
riscv_return_elsewhere:
	addi	t0, sp, RISCV_REGS
	SREG	t0, RISCV_AT(2)(sp)
	SREG	zero, RISCV_AT_STACK(sp)
	csrci	XSTATUS, RISCV_STATUS_IE
	j	riscv_go_on
	.size	riscv_return_elsewhere, . - riscv_return_elsewhere

	/* Nobody knows where to: a fault, in which the firmware's handler finds the registers. */
	.global	riscv_return_nowhere
	.type	riscv_return_nowhere, @function
riscv_return_nowhere:
	load_all
	addi	sp, sp, RISCV_REGS
	unimp
	.size	riscv_return_nowhere, . - riscv_return_nowhere
riscv_return_frame_end:

#include "cfi.inc"
#endif
