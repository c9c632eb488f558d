/* SPDX-License-Identifier: MIT */
/*
 * What must be assembly besides the trap entry and the trampoline: the dispatcher, accesses that
 * may fault, registers whose numbers are part of the instruction.
 */
#include "frame.inc"
#include "tl_config.h"

	.section tl_text, "ax", %progbits
	.arch_extension simd

	.equ	CAUSE_DISPATCH, 1		/* TL_CAUSE_DISPATCH, asserted in trap.c */
	.equ	BRK_OF_SLOT, 0x7473

#if TL_DECODE
	/*
	 * Runs in the interrupted context: x19 is the saved registers, sp below them. The closing
	 * breakpoint is known by its address; x19 then leads back to the registers.
	 */
	function a64_dispatcher
	mov	x0, x19
	mov	w1, CAUSE_DISPATCH
	bl	a64_run
	b	a64_resume

	/* The same for a halted context: what GDB does to FP registers is to stay. */
	function a64_dispatcher_bare
	mov	x0, x19
	mov	w1, CAUSE_DISPATCH
	bl	tl_trap
	function a64_resume
	brk	BRK_OF_SLOT
	.size	a64_dispatcher, . - a64_dispatcher

	/* bool a64_run(regs, cause): tl_trap(), with FP registers kept for this context: where, the
	 * registers' `saved` says, with `leave` not 0. Changes x20, x21. */
	.macro	each_fp op, base
	.irp	n, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
	.altmacro
	fp_pair	\op, \base, \n, %(\n + 1)
	.noaltmacro
	.endr
	.endm
	.macro	fp_pair op, base, n, m
	\op	q\n, q\m, [\base, \n * 16]
	.endm
	function a64_run
	mov	x20, x30
	mrs	x21, cpacr_el1
	tbz	x21, A64_FPEN_BIT, 1f
	sub	sp, sp, A64_FP_BYTES
	each_fp	stp, sp
	mrs	x2, fpsr
	mrs	x3, fpcr
	str	x2, [sp, A64_FP_AT_FPSR]
	str	x3, [sp, A64_FP_AT_FPSR + 8]
	msr	fpcr, xzr			/* C code starts in the default rounding mode */
	mov	x2, sp
	str	x2, [x0, A64_AT_SAVED]
	str	x2, [x0, A64_AT_LEAVE]
1:	bl	tl_trap
	tbz	x21, A64_FPEN_BIT, 2f
	ldr	x2, [sp, A64_FP_AT_FPSR]
	ldr	x3, [sp, A64_FP_AT_FPSR + 8]
	msr	fpsr, x2
	msr	fpcr, x3
	each_fp	ldp, sp
	add	sp, sp, A64_FP_BYTES
2:	ret	x20
	.size	a64_run, . - a64_run

	/* void tl_arch_break(void): a breakpoint, and back. */
	function tl_arch_break
	brk	BRK_OF_SLOT
	ret
	.size	tl_arch_break, . - tl_arch_break
#endif

	/* void a64_fp_store(n, to), a64_fp_load(n, from): register q`n`. 8 bytes of code for each.
	 * RET is a jump that needs no landing pad. */
	.macro	fp_register name, op
	function \name
	adr	x2, 1f
	add	x2, x2, x0, lsl 3
	ret	x2
1:
	.equ	n, 0
	.rept	32
	.altmacro
	fp_one	\op, %n
	.noaltmacro
	.equ	n, n + 1
	.endr
	.size	\name, . - \name
	.endm
	.macro	fp_one op, n
	\op	q\n, [x1]
	ret
	.endm
	fp_register a64_fp_store, str
	fp_register a64_fp_load, ldr

#if TL_TRACE
	/* tl_arch_words(from, to, n). A load that faults leaves x0 at its address. */
	function tl_arch_words
	add	x2, x0, x2, lsl 3
	tst	x1, 3
	b.ne	3f
	tst	x1, 7
	b.ne	2f
1:	ldr	x3, [x0]
	add	x0, x0, 8
	str	x3, [x1], 8
	cmp	x0, x2
	b.ne	1b
	ret
2:	ldr	x3, [x0]
	add	x0, x0, 8
	str	w3, [x1], 4
	lsr	x3, x3, 32
	str	w3, [x1], 4
	cmp	x0, x2
	b.ne	2b
	ret
3:	ldr	x3, [x0]
	add	x0, x0, 8
	mov	w4, 8
4:	strb	w3, [x1], 1
	lsr	x3, x3, 8
	subs	w4, w4, 1
	b.ne	4b
	cmp	x0, x2
	b.ne	3b
	function a64_words_failed
	ret
	.size	tl_arch_words, . - tl_arch_words
#endif

	/* int a64_load(addr, bytes, uintptr_t *to), a64_store(addr, bytes, value): a naturally
	 * aligned access; 0, or 1: it faults. */
	function a64_load
	cmp	w1, 2
	b.lo	1f
	b.eq	2f
	cmp	w1, 4
	b.eq	4f
	ldr	x0, [x0]
	b	8f
1:	ldrb	w0, [x0]
	b	8f
2:	ldrh	w0, [x0]
	b	8f
4:	ldr	w0, [x0]
8:	str	x0, [x2]
	mov	w0, 0
	ret
	function a64_store
	cmp	w1, 2
	b.lo	1f
	b.eq	2f
	cmp	w1, 4
	b.eq	4f
	str	x2, [x0]
	b	8f
1:	strb	w2, [x0]
	b	8f
2:	strh	w2, [x0]
	b	8f
4:	str	w2, [x0]
8:	dsb	sy				/* a store that faults does so here, if at all */
	mov	w0, 0
	ret
	function a64_access_failed
	mov	w0, 1
	ret
	.size	a64_load, . - a64_load

#if TL_DECODE
	/* void tl_arch_raise(addr, bytes): a literal's load, of 4 bytes or 8. */
	function tl_arch_raise
	cmp	w1, 8
	b.eq	1f
	ldr	w0, [x0]
	ret
1:	ldr	x0, [x0]
	ret
	function a64_raise_end
	.size	tl_arch_raise, . - tl_arch_raise
#endif

#if TL_COMPARATORS || TL_WATCHES || TL_GDB
	/* void a64_set_breakpoint(n, value, control), a64_set_watchpoint: registers of the n-th; 16
	 * bytes of code for each. */
	.macro	set_debug_register letter, n
	msr	dbg\letter\()vr\n\()_el1, x1
	msr	dbg\letter\()cr\n\()_el1, x2
	isb
	ret
	.endm
	.macro	debug_register name, letter
	function \name
	adr	x3, 1f
	add	x3, x3, x0, lsl 4
	ret	x3
1:
	set_debug_register \letter, 0
	set_debug_register \letter, 1
	set_debug_register \letter, 2
	set_debug_register \letter, 3
	set_debug_register \letter, 4
	set_debug_register \letter, 5
	set_debug_register \letter, 6
	set_debug_register \letter, 7
	.size	\name, . - \name
	.endm
	debug_register a64_set_breakpoint, b
	debug_register a64_set_watchpoint, w
#endif
