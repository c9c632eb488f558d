/* SPDX-License-Identifier: MIT */
/*
 * RISC-V: the pads of jump probes (debug.h). In the agent's mode without a trap, but out by MRET or
 * SRET: nothing else goes to any address and leaves no register behind. What that changes, xepc,
 * xPIE and xPP, a breakpoint there would have changed, too. Follows the RISC-V Instruction Set
 * Manual, volume II, 20211203: 2.1 (who may read a CSR), 3.1.6.1 (xIE, xPIE, xPP), 3.3.2 (MRET,
 * SRET).
 *
 * The registers are saved where a trap would save them, in a struct riscv_regs below the
 * interrupted stack pointer. FP registers and the status's FS are not touched, gp and tp not used.
 */
#include "frame.inc"
#include "tl_config.h"

#if TL_TRACE
	.section tl_pads, "ax", @progbits
	.balign	4
pads:
	.equ	.Lend_of_pad, 0
	.rept	TL_POINTS
	csrr	zero, XSTATUS			/* traps in user mode */
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
	/* the status as a trap from here would have left it */
	csrrci	t1, XSTATUS, RISCV_STATUS_IE
	andi	t1, t1, RISCV_STATUS_IE
	slli	t1, t1, RISCV_IE_TO_PIE
	li	t2, RISCV_STATUS_PP
	or	t1, t1, t2
	SREG	t1, RISCV_AT_STATUS(sp)
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
	csrw	XEPC, a0
	LREG	t0, RISCV_AT_STATUS(sp)
	li	t1, RISCV_STATUS_PIE
	csrc	XSTATUS, t1
	csrs	XSTATUS, t0
	each_caller_saved LREG
	LREG	s0, RISCV_AT(8)(sp)
	LREG	t0, RISCV_AT(5)(sp)
	addi	sp, sp, RISCV_REGS
	XRET
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
