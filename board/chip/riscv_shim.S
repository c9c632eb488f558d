/* SPDX-License-Identifier: MIT */
/*
 * What is below supervisor mode where no SBI firmware is: from reset, in machine mode, to _start in
 * supervisor mode, with all memory open and all traps delegated; and then the one call that sbi.c
 * makes. Any other is answered as not supported. Follows the RISC-V Supervisor Binary Interface
 * 1.0.0: 3, 6; the RISC-V Instruction Set Manual, volume II, 20211203: 3.1.8 (delegation), 3.1.9
 * (mip), 3.1.11 (mcounteren), 3.7.1 (PMP).
 */
#if __riscv_xlen == 64
#define LREG ld
#define SREG sd
#define WORD 8
#else
#define LREG lw
#define SREG sw
#define WORD 4
#endif

	.equ	MTIMECMP, 0x02004000		/* QEMU's virt; clint.h */
	.equ	STIP, 1 << 5
	.equ	MTIE, 1 << 7
	.equ	MSTATUS_MPP, 0x1800
	.equ	MSTATUS_TO_S, 0x800
	.equ	ALL_OF_IT, 0x1f			/* pmpcfg: read, write, execute; NAPOT */
	.equ	NAPOT, 0x18			/* and no rights */
	.equ	OWN_PAGE, 0x80000000 >> 2 | 0x1ff /* 4 KiB */
	.equ	EXCEPTIONS, 0xb1ff		/* all but calls from supervisor mode */
	.equ	INTERRUPTS, 0x222		/* the supervisor's own */
	.equ	COUNTERS, 7			/* cycle, time, instret */
	.equ	CALL_FROM_S, 9
	.equ	TIME_EXTENSION, 0x54494d45
	.equ	NOT_SUPPORTED, -2

	.section .text.shim, "ax", @progbits
	.option	norelax				/* gp is not set yet */
	.global	tl_riscv_shim
	.type	tl_riscv_shim, @function
tl_riscv_shim:
	csrr	a0, mhartid
	bnez	a0, park			/* only the first hart runs */
	li	t0, OWN_PAGE			/* nobody else's */
	csrw	pmpaddr0, t0
	li	t0, -1
	csrw	pmpaddr1, t0
	li	t0, NAPOT | ALL_OF_IT << 8
	csrw	pmpcfg0, t0
	li	t0, EXCEPTIONS
	csrw	medeleg, t0
	li	t0, INTERRUPTS
	csrw	mideleg, t0
	li	t0, COUNTERS
	csrw	mcounteren, t0
	la	t0, saved
	csrw	mscratch, t0
	la	t0, trap
	csrw	mtvec, t0
	csrw	mie, zero
	csrw	satp, zero			/* a reset need not clear it */
	li	t0, MSTATUS_MPP
	csrc	mstatus, t0
	li	t0, MSTATUS_TO_S
	csrs	mstatus, t0
	la	t0, _start
	csrw	mepc, t0
	mret
park:
	wfi
	j	park

	/* t0, t1 are at `saved` meanwhile. */
	.balign	4
trap:
	csrrw	t0, mscratch, t0
	SREG	t1, WORD(t0)
	csrr	t1, mscratch
	SREG	t1, 0(t0)
	csrw	mscratch, t0
	csrr	t1, mcause
	bltz	t1, timer
	addi	t1, t1, -CALL_FROM_S
	bnez	t1, park
	csrr	t1, mepc
	addi	t1, t1, 4
	csrw	mepc, t1
	li	t1, TIME_EXTENSION
	bne	a7, t1, unknown
	bnez	a6, unknown
	li	t0, MTIMECMP
#if __riscv_xlen == 64
	sd	a0, 0(t0)
#else
	li	t1, -1				/* no half of it is a time that has come */
	sw	t1, 4(t0)
	sw	a0, 0(t0)
	sw	a1, 4(t0)
#endif
	li	t1, STIP
	csrc	mip, t1
	li	t1, MTIE
	csrs	mie, t1
	li	a0, 0
	j	back
unknown:
	li	a0, NOT_SUPPORTED
	j	back
timer:						/* is the supervisor's from now on */
	li	t1, MTIE
	csrc	mie, t1
	li	t1, STIP
	csrs	mip, t1
back:
	csrr	t0, mscratch
	LREG	t1, WORD(t0)
	LREG	t0, 0(t0)
	mret
	.size	tl_riscv_shim, . - tl_riscv_shim

	.section .bss.saved, "aw", @nobits
	.balign	WORD
saved:	.zero	2 * WORD
