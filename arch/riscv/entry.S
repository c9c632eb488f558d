/* SPDX-License-Identifier: MIT */
/*
 * RISC-V trap entry in machine mode: from the interrupted registers to struct riscv_regs on the interrupted stack, through
 * tl_trap(), and back. Follows the RISC-V Instruction Set Manual, volume II, 20211203: 3.1.6.1, 3.1.7, 3.1.14, 3.1.15, 3.3.2.
 *
 * The stack pointer of the interrupted code is trusted: nothing lies below it (psABI), and there is room for what a trap needs. No
 * register is free for a jump to the firmware's own handler, so that handler is a symbol: tl_chained_trap, at most 1 MiB away. It
 * finds all registers, mcause and mtval as the hardware left them.
 */
#include "xlen.h"

	.section tl_text, "ax", @progbits

	.equ	CAUSE_BREAKPOINT, 3

	/* What a function may change, but for t0. */
	.macro	each_caller_saved op
	.irp	n, 1, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	\op	x\n, RISCV_AT(\n)(sp)
	.endr
	.endm
	/* The rest, but for sp. */
	.macro	each_other op
	.irp	n, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	\op	x\n, RISCV_AT(\n)(sp)
	.endr
	.endm
	.macro	load_all
	each_caller_saved LREG
	each_other LREG
	LREG	t0, RISCV_AT(5)(sp)
	LREG	sp, RISCV_AT(2)(sp)
	.endm

	.balign	4
	.global	tl_trap_entry
	.type	tl_trap_entry, @function
tl_trap_entry:
	addi	sp, sp, -RISCV_REGS
	SREG	t0, RISCV_AT(5)(sp)
	csrr	t0, mcause
	bltz	t0, interrupt
	each_caller_saved SREG
	addi	t0, t0, -CAUSE_BREAKPOINT
	bnez	t0, save

	/* Most hits need no more than this. A struct tl_look is where mstatus and what follows would be. */
	csrr	a0, mepc
	addi	a1, sp, RISCV_AT_LOOK
	SREG	sp, RISCV_AT_LOOK(sp)
	call	tl_first_look
	beqz	a0, save
	LREG	a1, RISCV_AT_RECORD(sp)
	bnez	a1, record
resume:
	csrw	mepc, a0
	each_caller_saved LREG
	LREG	t0, RISCV_AT(5)(sp)
	addi	sp, sp, RISCV_REGS
	mret

	/* The core registers into the record at a1: those saved already, and the others as they are. */
record:
	.irp	n, 1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	LREG	t0, RISCV_AT(\n)(sp)
	SREG	t0, RISCV_AT(\n)(a1)
	.endr
	.irp	n, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	SREG	x\n, RISCV_AT(\n)(a1)
	.endr
	addi	t0, sp, RISCV_REGS
	csrr	t1, mepc
	SREG	t0, RISCV_AT(2)(a1)
	SREG	t1, RISCV_AT_PC(a1)
	j	resume

save:
	each_other SREG
	addi	t0, sp, RISCV_REGS
	csrr	t1, mepc
	csrr	t2, mstatus
	SREG	t0, RISCV_AT(2)(sp)
	SREG	t1, RISCV_AT_PC(sp)
	SREG	t2, RISCV_AT_MSTATUS(sp)
	SREG	zero, RISCV_AT_LEAVE(sp)
	csrr	a1, mcause
	mv	a0, sp
	mv	s0, sp
	andi	sp, sp, -16
	call	riscv_trap

	LREG	t0, RISCV_AT_LEAVE(s0)
	bnez	t0, leave
	mv	sp, s0
	LREG	t0, RISCV_AT_PC(sp)
	LREG	t1, RISCV_AT_MSTATUS(sp)
	li	t2, RISCV_MSTATUS_MPP | RISCV_MSTATUS_MPIE
	and	t1, t1, t2
	csrw	mepc, t0
	csrc	mstatus, t2
	csrs	mstatus, t1
	beqz	a0, not_ours
	load_all
	mret

	/* On to the dispatcher, in the interrupted context: the registers stay where they are, at s0, and sp is below them. */
leave:
	csrw	mepc, t0
	mret

not_ours:
	load_all
	j	tl_chained_trap

	/* Straight on, but for a note of how deep it was: see tl_arch_context(). */
interrupt:
1:	auipc	t0, %pcrel_hi(riscv_interrupted)
	SREG	sp, %pcrel_lo(1b)(t0)
	LREG	t0, RISCV_AT(5)(sp)
	addi	sp, sp, RISCV_REGS
	j	tl_chained_trap
	.size	tl_trap_entry, . - tl_trap_entry

	/* Firmware without a handler of its own stops here. */
	.weak	tl_chained_trap
	.type	tl_chained_trap, @function
tl_chained_trap:
	j	tl_chained_trap
	.size	tl_chained_trap, . - tl_chained_trap

	/* void tl_arch_capture(struct riscv_regs *) */
	.global	tl_arch_capture
	.type	tl_arch_capture, @function
tl_arch_capture:
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	SREG	x\n, RISCV_AT(\n)(a0)
	.endr
	SREG	ra, RISCV_AT_PC(a0)
	csrr	t0, mstatus
	SREG	t0, RISCV_AT_MSTATUS(a0)
	ret
	.size	tl_arch_capture, . - tl_arch_capture
