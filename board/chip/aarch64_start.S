/* SPDX-License-Identifier: MIT */
/*
 * Where an AArch64 core starts, at EL3, EL2 or EL1, and where its traps come in: see aarch64.h.
 */
	.equ	FRAME, 26 * 8			/* struct tl_a64_frame; a multiple of 16 */
	.equ	AT_X, 5 * 8
	.equ	AT_X30, 24 * 8
	.equ	FP_BYTES, 528				/* q0 to q31, FPSR, FPCR */
	.equ	AT_FPSR, 512
	.equ	FPEN_BIT, 20

	.arch_extension simd
	.section .text.start, "ax", %progbits
	.global	_start
	.type	_start, %function
_start:
	msr	daifset, 15
	mrs	x0, mpidr_el1
	tst	x0, 0xff
	b.ne	park
	mrs	x20, currentel
	cmp	x20, 3 << 2
	b.ne	2f

	/* EL3: the next is not secure, and in AArch64; nothing traps here. */
	mov	x0, 0x5b1			/* NS, RES1, SMD, HCE, RW */
	orr	x0, x0, 3 << 16			/* APK, API: pointer authentication is EL1's, too */
	msr	scr_el3, x0
	mov	x0, 0x100			/* EZ: so is SVE */
	msr	cptr_el3, x0
	msr	mdcr_el3, xzr
	ldr	x1, =tl_a64_gic			/* interrupts belong to the other side; 0: no GIC */
	cbz	x1, 1f
	mov	w0, -1
	str	w0, [x1, 0x80]
	str	w0, [x1, 0x84]
	str	w0, [x1, 0x88]
	mov	w0, 0xff
	ldr	x1, =tl_a64_gic_cpu
	str	w0, [x1, 4]
1:	mov	x0, 0x3c9			/* EL2h, all masked */
	msr	spsr_el3, x0
	adr	x0, 2f
	msr	elr_el3, x0
	mrs	x0, id_aa64pfr0_el1
	tst	x0, 0xf00			/* is there an EL2? */
	b.ne	1f
	mov	x0, 0x3c5
	msr	spsr_el3, x0
1:	isb
	eret

2:	mrs	x0, currentel
	cmp	x0, 2 << 2
	b.ne	at_el1

	/* EL2: nothing of EL1 traps here, its timers run as the counter does. */
	mov	x0, 1 << 31			/* RW */
	orr	x0, x0, 3 << 40			/* API, APK */
	msr	hcr_el2, x0
	msr	cptr_el2, xzr
	msr	hstr_el2, xzr
	mrs	x0, mdcr_el2
	and	x0, x0, 0x1f			/* HPMN */
	msr	mdcr_el2, x0
	mov	x0, 3
	msr	cnthctl_el2, x0
	msr	cntvoff_el2, xzr
	mrs	x0, midr_el1
	msr	vpidr_el2, x0
	mrs	x0, mpidr_el1
	msr	vmpidr_el2, x0
	mov	x0, 0x3c5			/* EL1h, all masked */
	msr	spsr_el2, x0
	adr	x0, at_el1
	msr	elr_el2, x0
	isb
	eret
	/* Only the first core runs. */
park:
	wfi
	b	park
	.size	_start, . - _start

	/* A function of its own: what returns to a lower level is another's state. */
	.type	at_el1, %function
at_el1:
	ldr	x0, =0x30d00800			/* RES1; MMU and caches off */
	msr	sctlr_el1, x0
	mov	x0, 3 << FPEN_BIT
	msr	cpacr_el1, x0
	ldr	x0, =tl_vectors			/* for interrupts before tl_init() */
	msr	vbar_el1, x0
	isb
	msr	fpcr, xzr
	msr	spsel, 1
	ldr	x0, =__stack_top
	mov	sp, x0
	ldr	x0, =__tls_base - 16
	msr	tpidr_el0, x0
	mov	x29, 0
	lsr	x0, x20, 2
	b	tl_a64_c_start
	.size	at_el1, . - at_el1
	.pool
	.weak	tl_a64_gic, tl_a64_gic_cpu

	.section tl_text, "ax", %progbits

	.macro	each_register op, op1
	.irp	n, 0, 2, 4, 6, 8, 10, 12, 14, 16
	.altmacro
	pair	\op, \n, %(\n + 1)
	.noaltmacro
	.endr
	\op1	x18, [sp, AT_X + 18 * 8]
	\op1	x30, [sp, AT_X30]
	.endm
	.macro	pair op, n, m
	\op	x\n, x\m, [sp, AT_X + \n * 8]
	.endm
	.macro	each_fp op
	.irp	n, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
	.altmacro
	fp_pair	\op, \n, %(\n + 1)
	.noaltmacro
	.endr
	.endm
	.macro	fp_pair op, n, m
	\op	q\n, q\m, [sp, \n * 16]
	.endm

	/*
	 * The firmware's table of vectors: the agent passes on to it what is not its own, every
	 * register as it was. Firmware that has a tl_chained_vectors of its own can come here by
	 * tl_a64_vectors.
	 */
	.macro	vector
	.balign	0x80
	.equ	at, . - tl_a64_vectors
	sub	sp, sp, FRAME
	stp	x0, x1, [sp, AT_X]
	mov	x0, at
	b	trapped
	.endm
	.balign	0x800
	.weak	tl_chained_vectors
	.global	tl_a64_vectors
	.type	tl_chained_vectors, %function
	.type	tl_a64_vectors, %function
tl_chained_vectors:
tl_a64_vectors:
	.rept	16
	vector
	.endr

trapped:
	str	x0, [sp, 4 * 8]
	ldp	x0, x1, [sp, AT_X]
	each_register stp, str
	mrs	x0, elr_el1
	mrs	x1, spsr_el1
	mrs	x2, esr_el1
	mrs	x3, far_el1
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, 2 * 8]
	msr	daifclr, 8			/* from here on a comparator may trap */
	mov	x0, sp
	sub	sp, sp, FP_BYTES
	mrs	x1, cpacr_el1
	tbz	x1, FPEN_BIT, 1f
	each_fp	stp
	mrs	x1, fpsr
	mrs	x2, fpcr
	str	x1, [sp, AT_FPSR]
	str	x2, [sp, AT_FPSR + 8]
	msr	fpcr, xzr
1:	bl	tl_a64_trap
	mrs	x1, cpacr_el1
	tbz	x1, FPEN_BIT, 1f
	ldr	x1, [sp, AT_FPSR]
	ldr	x2, [sp, AT_FPSR + 8]
	msr	fpsr, x1
	msr	fpcr, x2
	each_fp	ldp
1:	add	sp, sp, FP_BYTES
	msr	daifset, 11
	ldp	x0, x1, [sp]
	msr	elr_el1, x0
	msr	spsr_el1, x1
	each_register ldp, ldr
	add	sp, sp, FRAME
	eret
	.size	tl_a64_vectors, . - tl_a64_vectors
