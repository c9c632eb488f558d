/* SPDX-License-Identifier: MIT */
/*
 * RISC-V: the pads of jump probes (debug.h). In machine mode without a trap, but out by MRET:
 * nothing else goes to any address and leaves no register behind. What that changes, mepc, MPIE and
 * MPP, a breakpoint there would have changed, too. Follows the RISC-V Instruction Set Manual,
 * volume II, 20211203: 2.1 (who may read a CSR), 3.1.6.1 (MIE, MPIE, MPP), 3.3.2 (MRET).
 *
 * The registers are saved where a trap would save them, in a struct riscv_regs below the
 * interrupted stack pointer. FP registers and mstatus.FS are not touched, gp and tp not used.
 */
#include "frame.inc"
#include "tl_config.h"

#if TL_TRACE
	.section tl_pads, "ax", @progbits
	.balign	4
pads:
	.equ	.Lend_of_pad, 0
	.rept	TL_POINTS
	csrr	zero, mstatus			/* traps where it is not machine mode */
	addi	sp, sp, -RISCV_REGS
	SREG	t0, RISCV_AT(5)(sp)
	jal	t0, fast
	.equ	.Lend_of_pad, .Lend_of_pad + TL_PAD_SIZE
	.org	pads + .Lend_of_pad
	.endr

	.type	fast, @function
fast:
	each_caller_saved SREG
	SREG	s0, RISCV_AT(8)(sp)
	mv	s0, sp
	addi	a0, t0, -4			/* in the pad */
	SREG	a0, RISCV_AT_PC(sp)
	/* mstatus as a trap from here would have left it */
	csrrci	t1, mstatus, RISCV_MSTATUS_MIE
	andi	t1, t1, RISCV_MSTATUS_MIE
	slli	t1, t1, 4
	li	t2, RISCV_MSTATUS_MPP
	or	t1, t1, t2
	SREG	t1, RISCV_AT_MSTATUS(sp)
	andi	sp, sp, -16
	call	tl_fast_claim
	mv	a1, a0
	beqz	a0, 1f

	mv	sp, s0
	LREG	s0, RISCV_AT(8)(sp)
	each_other SREG
	addi	t0, sp, RISCV_REGS
	SREG	t0, RISCV_AT(2)(sp)
	SREG	zero, RISCV_AT_LEAVE(sp)
	SREG	zero, RISCV_AT_STACK(sp)
	mv	s0, sp
	mv	a1, sp
	mv	sp, a0
1:	LREG	a0, RISCV_AT_PC(s0)
	call	tl_fast_hit

	/* To a0. */
	mv	sp, s0
	csrw	mepc, a0
	LREG	t0, RISCV_AT_MSTATUS(sp)
	li	t1, RISCV_MSTATUS_MPIE
	csrc	mstatus, t1
	csrs	mstatus, t0
	each_caller_saved LREG
	LREG	s0, RISCV_AT(8)(sp)
	LREG	t0, RISCV_AT(5)(sp)
	addi	sp, sp, RISCV_REGS
	mret
	.size	fast, . - fast
end:

	.section .rodata.tl_arch_pads, "a", @progbits
	.balign	RISCV_WORD
	.global	tl_arch_pads
	.type	tl_arch_pads, @object
tl_arch_pads:
	.irp	at, pads, end
#if __riscv_xlen == 64
	.dword	\at
#else
	.word	\at
#endif
	.endr
	.size	tl_arch_pads, . - tl_arch_pads
#endif
