/* SPDX-License-Identifier: MIT */
/*
 * Functions of known instructions for RISC-V: see check.h. In a section of its own so that objdump lists just them.
 */
#if __riscv_xlen == 64
#define WORD 8
#define LREG ld
#define SREG sd
#define LR   lr.d
#define SC   sc.d
#define ADDR .dword
#else
#define WORD 4
#define LREG lw
#define SREG sw
#define LR   lr.w
#define SC   sc.w
#define ADDR .word
#endif

	.option	norelax
	.section .text.code, "ax", @progbits

	.macro	function name
	.global	\name
	.type	\name, @function
\name:
	.endm
	.macro	label name
	.global	\name
\name:
	.endm

	/* An instruction, listed in code_points, or in code_fp_points. */
	.macro	insn text:vararg
	listed	code_points, \text
	.endm
	.macro	fp_insn text:vararg
	listed	code_fp_points, \text
	.endm
	.macro	listed list, text:vararg
7777:	\text
	.pushsection .rodata.\list, "a", @progbits
	ADDR	7777b
	.popsection
	.endm

	.section .rodata.code_points, "a", @progbits
	.balign	WORD
	.global	code_points
code_points:
	.section .text.code

	/* RAM, devices and nothing at all are the board's affair: of these QEMU's virt has nothing. */
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
	insn	csrrci	a2, mstatus, 8
	label	code_masked_inside
	insn	add	a0, a0, a1
	insn	andi	a2, a2, 8
	insn	csrs	mstatus, a2
	insn	ret

	function code_exclusive
1:	insn	LR	a1, (a0)
	insn	addi	a1, a1, 1
	label	code_exclusive_inside
	insn	SC	a2, a1, (a0)
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

	/*
	 * bool run_as_task(fn, arg, uintptr_t *result): in user mode, with all of memory opened to it. It comes back by ECALL, after
	 * which check_riscv.c goes on in machine mode.
	 */
	function run_as_task
	addi	sp, sp, -32
	SREG	ra, 0 * WORD(sp)
	SREG	s0, 1 * WORD(sp)
	SREG	s1, 2 * WORD(sp)
	mv	s0, sp
	mv	s1, a2
	csrci	mstatus, 8
	li	t0, -1
	csrw	pmpaddr0, t0
	li	t0, 0x1f			/* NAPOT, read, write, execute */
	csrw	pmpcfg0, t0
1:	auipc	t0, %pcrel_hi(3f)
	addi	t0, t0, %pcrel_lo(1b)
	csrw	mepc, t0
	li	t0, 0x1800			/* MPP: user */
	csrc	mstatus, t0
	li	t0, 0x80			/* MPIE */
	csrs	mstatus, t0
	mv	t1, a0
	mv	a0, a1
2:	auipc	sp, %pcrel_hi(task_stack_top)
	addi	sp, sp, %pcrel_lo(2b)
	mret
3:	jalr	t1
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
	.section .rodata.code_fp_points, "a", @progbits
	.balign	WORD
	.global	code_fp_points
code_fp_points:
	.section .text.code

	.macro	each_fp op, base
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
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
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fcvt.d.w f\n, a1
	.endr
	fscsr	zero
	fscsr	a0
	each_fp	fld, sp
	addi	sp, sp, 272
	ret

	.section .rodata.code_fp_points
	ADDR	0
#endif

	.section .bss.task, "aw", @nobits
	.balign	16
	.space	2048
task_stack_top:

	.section .rodata.code_points
	ADDR	0
