/* SPDX-License-Identifier: MIT */
/*
 * Functions of known instructions for RISC-V: see check.h.
 */
#include "code.inc"
#include "riscv/xlen.h"
#include "riscv_mode.h"

#if __riscv_xlen == 64
#define LR lr.d
#define SC sc.d
#else
#define LR lr.w
#define SC sc.w
#endif

	.option	norelax

	/* RAM, devices and gaps are the board's affair: QEMU's virt has nothing at these. */
	.global	place_unmapped, place_device
	.set	place_unmapped, 0x18000000
	.set	place_device, 0x18001000

	function code_add
	insn	add	a0, a0, a1
	label	code_add_return
	insn	ret

	function code_load
	insn	LREG	a0, 0(a0)
	label	code_load_return
	insn	ret

	function code_sum
	insn	li	a1, 0
1:	insn	add	a1, a1, a0
	insn	addi	a0, a0, -1
	insn	bnez	a0, 1b
	insn	mv	a0, a1
	insn	ret

	/* What is behind the probe hangs on what is before it. */
	.option	push
	.option	norvc
	function code_wide
	insn	li	a1, 0
1:	insn	add	a1, a1, a0
	insn	addi	a0, a0, -1
	label	code_wide_inside
	insn	addi	a2, a1, 0
	insn	bnez	a0, 1b
	insn	addi	a0, a2, 0
	insn	ret
	.option	pop

	function code_chain
	insn	addi	sp, sp, -16
	insn	SREG	ra, 8(sp)
	label	code_chain_call
	insn	jal	ra, code_add
	insn	addi	a0, a0, 1
	insn	LREG	ra, 8(sp)
	insn	addi	sp, sp, 16
	label	code_chain_return
	insn	ret

	function code_keeps
	mv	t0, ra
	jr	t0

	function code_predicated
	insn	bltz	a0, 1f
	insn	snez	a0, a0
	insn	ret
1:	insn	li	a0, -1
	insn	ret

	function code_dispatch
	insn	li	a1, 2
	insn	bltu	a1, a0, 9f
	insn	slli	a0, a0, 2
5:	insn	auipc	a1, %pcrel_hi(4f)
	insn	addi	a1, a1, %pcrel_lo(5b)
	insn	add	a0, a0, a1
	insn	lw	a0, 0(a0)
	insn	add	a0, a0, a1
	insn	jr	a0
	.balign	4
4:	.word	1f - 4b, 2f - 4b, 3f - 4b
1:	insn	li	a0, 10
	insn	ret
2:	insn	li	a0, 20
	insn	ret
3:	insn	li	a0, 30
	insn	ret
9:	insn	li	a0, 0
	insn	ret

	function code_masked
	insn	csrrci	a2, XSTATUS, XSTATUS_IE
	label	code_masked_inside
	insn	add	a0, a0, a1
	insn	andi	a2, a2, XSTATUS_IE
	insn	csrs	XSTATUS, a2
	insn	ret

	function code_exclusive
1:	insn	LR	a1, (a0)
	insn	addi	a1, a1, 1
	label	code_exclusive_inside
	insn	SC	a2, a1, (a0)
	insn	snez	a2, a2
	label	code_exclusive_end
	insn	bnez	a2, 1b
	insn	mv	a0, a1
	insn	ret

	label	code_break
	c.ebreak
	label	code_undefined
	unimp
	.balign	4
	.global	code_data
code_data:
	.word	0xb001b001
	.global	code_end
code_end:

	function code_misaligned
	addi	sp, sp, -32
	SREG	ra, 16(sp)
	addi	sp, sp, -WORD
	jal	ra, code_sum
	addi	sp, sp, WORD
	LREG	ra, 16(sp)
	addi	sp, sp, 32
	ret

	/* As of -msave-restore. */
	function code_millicode
	jal	t0, save
	mv	s0, a0
	addi	a0, a1, 1
	mv	a1, s0
	jal	ra, code_add
	j	restore
	.type	save, @function
save:
	addi	sp, sp, -16
	SREG	s0, 0(sp)
	SREG	ra, WORD(sp)
	jr	t0
	.type	restore, @function
restore:
	LREG	s0, 0(sp)
within:	LREG	ra, WORD(sp)
	addi	sp, sp, 16
	ret

	function code_trap_state
	addi	sp, sp, -16
	SREG	ra, 0(sp)
	csrci	XSTATUS, XSTATUS_IE
	jal	ra, code_restores
	csrr	a0, XEPC
	csrsi	XSTATUS, XSTATUS_IE
	LREG	ra, 0(sp)
	addi	sp, sp, 16
	ret
	function code_restores
	csrw	XEPC, a0
	ret

	/* A handler of interrupts that leaves mepc and mstatus in the core. */
	.type	handler, @function
handler:
	addi	sp, sp, -32
	SREG	t0, 0(sp)
	SREG	ra, 16(sp)
	.rept	40				/* farther than decode() looks for MRET */
	li	t0, 0
	.endr
	jal	ra, 1f
	XRET
1:	ret

	list	code_no_returns
	.pushsection .rodata.code_no_returns
	ADDR	save, restore, within, handler
	.popsection
	end_list code_no_returns

	/*
	 * bool run_as_task(fn, arg, uintptr_t *result): in user mode, with all of memory opened to
	 * it. It comes back by ECALL, after which check_riscv.c goes on in machine mode.
	 */
	function run_as_task
	addi	sp, sp, -32
	SREG	ra, 0 * WORD(sp)
	SREG	s0, 1 * WORD(sp)
	SREG	s1, 2 * WORD(sp)
	mv	s0, sp
	mv	s1, a2
	csrci	XSTATUS, XSTATUS_IE
#if !TL_RISCV_SUPERVISOR
	li	t0, -1
	csrw	pmpaddr0, t0
	li	t0, 0x1f			/* NAPOT, read, write, execute */
	csrw	pmpcfg0, t0
#endif
1:	auipc	t0, %pcrel_hi(3f)
	addi	t0, t0, %pcrel_lo(1b)
	csrw	XEPC, t0
	li	t0, XSTATUS_PP			/* user */
	csrc	XSTATUS, t0
	li	t0, XSTATUS_PIE
	csrs	XSTATUS, t0
	mv	t1, a0
	mv	a0, a1
2:	auipc	sp, %pcrel_hi(task_stack_top)
	addi	sp, sp, %pcrel_lo(2b)
	XRET
3:	jalr	t1
	li	a7, 0
	ecall
	mv	sp, s0
	SREG	a0, 0(s1)
	li	a0, 1
	LREG	ra, 0 * WORD(sp)
	LREG	s0, 1 * WORD(sp)
	LREG	s1, 2 * WORD(sp)
	addi	sp, sp, 32
	ret

#if __riscv_flen == 64
	list	code_fp_points

	.macro	each_fp op, base
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	f\n, 8 * \n(\base)
	.endr
	.endm

	/* f0-f31, then fcsr. */
	function code_fp
	addi	sp, sp, -288
	SREG	ra, 264(sp)
	each_fp	fsd, sp
	each_fp	fld, a0
	lw	a2, 256(a0)
	fscsr	a2
	fp_insn	mv	a3, a1
1:	fp_insn	auipc	a4, %pcrel_hi(3f)
	fp_insn	fld	ft0, %pcrel_lo(1b)(a4)
	fp_insn	addi	sp, sp, -16
	fp_insn	fsd	ft1, 0(sp)
	fp_insn	fld	ft1, 0(sp)
	fp_insn	addi	sp, sp, 16
	fp_insn	jal	ra, 2f
	fp_insn	frcsr	a2
	each_fp	fsd, a3
	sw	a2, 256(a3)
	each_fp	fld, sp
	LREG	ra, 264(sp)
	addi	sp, sp, 288
	ret
2:	fp_insn	feq.d	a4, ft0, ft0
	fp_insn	fadd.d	ft0, ft0, ft0
	fp_insn	beqz	a4, 2b
	fp_insn	ret
	.balign	8
3:	.dword	0x400921fb54442d18

	/* Saves every FP register, spoils all, and puts them back. */
	function check_spoil_fp
	addi	sp, sp, -272
	each_fp	fsd, sp
	frcsr	a0
	li	a1, 0x7fa5a5a5
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fcvt.d.w f\n, a1
	.endr
	fscsr	zero
	fscsr	a0
	each_fp	fld, sp
	addi	sp, sp, 272
	ret

	end_list code_fp_points
#endif

	.section .bss.task, "aw", @nobits
	.balign	16
	.space	2048
task_stack_top:

	end_list code_points
