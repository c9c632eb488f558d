/* SPDX-License-Identifier: MIT */
/*
 * What must be assembly besides the trap entry: the dispatcher, where hooked functions return to, accesses that may fault.
 */
#include "xlen.h"

	.section tl_text, "ax", @progbits

	.equ	CAUSE_DISPATCH, 1		/* TL_CAUSE_DISPATCH, asserted in trap.c */

#if __riscv_flen == 64
#define FLREG fld
#define FSREG fsd
#elif __riscv_flen == 32
#define FLREG flw
#define FSREG fsw
#endif

#ifdef __riscv_flen
	/* FP registers that a function may change, and fcsr: FP_BYTES at sp. */
	.equ	FP_BYTES, 176
	.equ	FP_AT_FCSR, 160
	.macro	each_fp op
	.equ	at, 0
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	\op	f\n, at(sp)
	.equ	at, at + 8
	.endr
	.endm
#endif

	/*
	 * Runs in the interrupted context: s0 is the saved registers, sp below them. The closing breakpoint is known by its
	 * address; s0 then leads back to the registers. Handlers may use FP registers where that context may.
	 */
	.global	riscv_dispatcher, riscv_resume
	.type	riscv_dispatcher, @function
	.type	riscv_resume, @function
riscv_dispatcher:
#ifdef __riscv_flen
	csrr	s1, mstatus
	li	t0, RISCV_MSTATUS_FS
	and	s1, s1, t0
	beqz	s1, 1f
	addi	sp, sp, -FP_BYTES
	each_fp FSREG
	frcsr	t0
	sw	t0, FP_AT_FCSR(sp)
1:
#endif
	mv	a0, s0
	li	a1, CAUSE_DISPATCH
	call	tl_trap
#ifdef __riscv_flen
	beqz	s1, riscv_resume
	each_fp FLREG
	lw	t0, FP_AT_FCSR(sp)
	fscsr	t0
#endif
riscv_resume:
	ebreak
	.size	riscv_dispatcher, . - riscv_dispatcher

	/* Where hooked functions return to. It always traps: that costs less here than to save the registers twice. */
	.balign	4
	.global	tl_return_trampoline
	.type	tl_return_trampoline, @function
tl_return_trampoline:
	ebreak
	.size	tl_return_trampoline, . - tl_return_trampoline

	/* int riscv_load(addr, bytes, uintptr_t *to), riscv_store(addr, bytes, value): a naturally aligned access; 0, or 1: it faults. */
	.global	riscv_load, riscv_store, riscv_access_failed
	.type	riscv_load, @function
	.type	riscv_store, @function
	.type	riscv_access_failed, @function
riscv_load:
	li	t0, 2
	bltu	a1, t0, 1f
	beq	a1, t0, 2f
#if __riscv_xlen == 64
	addi	a1, a1, -8
	beqz	a1, 8f
#endif
	lw	a0, 0(a0)
	j	3f
1:	lbu	a0, 0(a0)
	j	3f
2:	lhu	a0, 0(a0)
	j	3f
8:	LREG	a0, 0(a0)
3:	SREG	a0, 0(a2)
	li	a0, 0
	ret
riscv_store:
	li	t0, 2
	bltu	a1, t0, 1f
	beq	a1, t0, 2f
#if __riscv_xlen == 64
	addi	a1, a1, -8
	beqz	a1, 8f
#endif
	sw	a2, 0(a0)
	j	3f
1:	sb	a2, 0(a0)
	j	3f
2:	sh	a2, 0(a0)
	j	3f
8:	SREG	a2, 0(a0)
3:	fence					/* a store that faults does so here, not later */
	li	a0, 0
	ret
riscv_access_failed:
	li	a0, 1
	ret
	.size	riscv_load, . - riscv_load

	/* void tl_arch_raise(addr, bytes). No RISC-V simulation reads memory, so that nothing asks for it. */
	.global	tl_arch_raise, riscv_raise_end
	.type	tl_arch_raise, @function
	.type	riscv_raise_end, @function
tl_arch_raise:
	lbu	a0, 0(a0)
	ret
riscv_raise_end:
	.size	tl_arch_raise, . - tl_arch_raise
