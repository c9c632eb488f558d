/* SPDX-License-Identifier: MIT */
/*
 * What must be assembly besides the trap entry and the trampoline: the dispatcher, accesses that
 * may fault.
 */
#include "frame.inc"
#include "tl_config.h"

	.section tl_text, "ax", @progbits

	.equ	CAUSE_DISPATCH, 1		/* TL_CAUSE_DISPATCH, asserted in trap.c */

#if TL_DECODE
	/*
	 * Runs in the interrupted context: s0 is the saved registers, sp below them. The closing
	 * breakpoint is known by its address; s0 then leads back to the registers.
	 */
	.global	riscv_dispatcher, riscv_dispatcher_bare, riscv_resume
	.type	riscv_dispatcher, @function
	.type	riscv_dispatcher_bare, @function
	.type	riscv_resume, @function
riscv_dispatcher:
	mv	a0, s0
	li	a1, CAUSE_DISPATCH
	call	riscv_run
	j	riscv_resume

	/* The same for a halted context: what GDB does to FP registers is to stay. */
riscv_dispatcher_bare:
	mv	a0, s0
	li	a1, CAUSE_DISPATCH
	call	tl_trap
riscv_resume:
	ebreak
	.size	riscv_dispatcher, . - riscv_dispatcher

	/* bool riscv_run(regs, cause): tl_trap(), with FP registers kept for this context: where,
	 * the registers' `saved` says, with `leave` not 0. Changes s1, s2, and where there is FP
	 * sp. */
	.global	riscv_run
	.type	riscv_run, @function
riscv_run:
#ifdef __riscv_flen
	mv	s2, ra
	csrr	s1, XSTATUS
	li	t0, RISCV_STATUS_FS
	and	s1, s1, t0
	beqz	s1, 1f
	addi	sp, sp, -FP_BYTES
	each_fp FSREG
	fscsr	t0, zero			/* C code starts in the default rounding mode */
	sw	t0, FP_AT_FCSR(sp)
	SREG	sp, RISCV_AT_SAVED(a0)
	SREG	sp, RISCV_AT_LEAVE(a0)
1:	call	tl_trap
	beqz	s1, 2f
	each_fp FLREG
	lw	t0, FP_AT_FCSR(sp)
	fscsr	t0
2:	jr	s2
#else
	tail	tl_trap
#endif
	.size	riscv_run, . - riscv_run

	/* void tl_arch_break(void): a breakpoint, and back. */
	.global	tl_arch_break
	.type	tl_arch_break, @function
tl_arch_break:
	ebreak
	ret
	.size	tl_arch_break, . - tl_arch_break
#endif

#ifdef __riscv_flen
	.macro	all_fp op
	.equ	at, 0
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	f\n, at(a0)
	.equ	at, at + 8
	.endr
	.endm

	.global	riscv_fp_store, riscv_fp_load
	.type	riscv_fp_store, @function
	.type	riscv_fp_load, @function
riscv_fp_store:
	all_fp	FSREG
	ret
riscv_fp_load:
	all_fp	FLREG
	ret
	.size	riscv_fp_store, . - riscv_fp_store

	/* void riscv_fp_get(n, uint64_t *to): 8 bytes of code for each. */
	.global	riscv_fp_get
	.type	riscv_fp_get, @function
riscv_fp_get:
	.option	push
	.option	norvc
	slli	a0, a0, 3
1:	auipc	t0, 0
	add	t0, t0, a0
	jr	16(t0)
	nop
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	FSREG	f\n, 0(a1)
	ret
	.endr
	.option	pop
	.size	riscv_fp_get, . - riscv_fp_get
#endif

#if TL_TRACE
	/*
	 * tl_arch_words(from, to, n): a word is 5 instructions. Where what it goes to
	 * is not aligned 8: t1 bytes of a word, in t3, wait for the next one, to be stored with
	 * the rest of it. A load that faults leaves a0 at its address.
	 */
	.global	tl_arch_words, riscv_words_failed
	.type	tl_arch_words, @function
	.type	riscv_words_failed, @function
	.equ	WORD, __riscv_xlen / 8
tl_arch_words:
#if __riscv_xlen == 64
	slli	a2, a2, 3
#else
	slli	a2, a2, 2
#endif
	add	a2, a2, a0
	andi	t0, a1, WORD - 1
	li	t1, 0
	beqz	t0, 3f
	slli	t5, t0, 3
	neg	t6, t5				/* shifts are modulo the width */
	LREG	t3, 0(a0)
	addi	a0, a0, WORD
	mv	t1, t0
1:	sb	t3, 0(a1)
	srli	t3, t3, 8
	addi	a1, a1, 1
	andi	t0, a1, WORD - 1
	bnez	t0, 1b
	beq	a0, a2, riscv_words_failed
2:	LREG	t4, 0(a0)
	addi	a0, a0, WORD
	sll	t2, t4, t5
	or	t2, t2, t3
	SREG	t2, 0(a1)
	srl	t3, t4, t6
	addi	a1, a1, WORD
	bne	a0, a2, 2b
	j	riscv_words_failed
3:	LREG	t3, 0(a0)
	addi	a0, a0, WORD
	SREG	t3, 0(a1)
	addi	a1, a1, WORD
	bne	a0, a2, 3b
riscv_words_failed:
	beqz	t1, 5f
4:	sb	t3, 0(a1)
	srli	t3, t3, 8
	addi	a1, a1, 1
	addi	t1, t1, -1
	bnez	t1, 4b
5:	ret
	.size	tl_arch_words, . - tl_arch_words
#endif

	/* int riscv_load(addr, bytes, uintptr_t *to), riscv_store(addr, bytes, value): a
	 * naturally aligned access; 0, or 1: it faults. */
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
	/* int riscv_select_trigger(n): 0, or 1: there is none, or no CSR to select it by. */
	.global	riscv_select_trigger
	.type	riscv_select_trigger, @function
riscv_select_trigger:
	csrw	0x7a0, a0			/* tselect */
	csrr	a1, 0x7a0
	bne	a0, a1, riscv_access_failed
	li	a0, 0
	ret
riscv_access_failed:
	li	a0, 1
	ret
	.size	riscv_load, . - riscv_load

#if TL_DECODE
	/* void tl_arch_raise(addr, bytes). No RISC-V simulation reads memory, so that nothing
	 * asks for it. */
	.global	tl_arch_raise, riscv_raise_end
	.type	tl_arch_raise, @function
	.type	riscv_raise_end, @function
tl_arch_raise:
	lbu	a0, 0(a0)
	ret
riscv_raise_end:
	.size	tl_arch_raise, . - tl_arch_raise
#endif
