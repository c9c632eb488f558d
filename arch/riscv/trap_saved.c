/* SPDX-License-Identifier: MIT */
/*
 * RISC-V traps that come by a handler of the firmware's, with the registers where that has saved
 * them: tl_trap_saved() of trapline.h. What entry.S does in assembly is done here in C.
 */
#include "riscv_target.h"
#include "trapline.h"

enum { NX = 31, SP = 1, S0 = 7 /* indices of x1[] */ };

/* As entry.S notes it. */
static void note_interrupt(uintptr_t sp)
{
	uintptr_t depth = sp - RISCV_REGS;

	if (riscv_interrupted <= depth)
		riscv_interrupted = depth;
}

/*
 * The dispatcher finds the registers that were saved here, `r`, below the stack pointer of the code
 * that was interrupted, and works below them. xPP and xPIE are then as tl_arch_dispatch() has left
 * them in the core.
 */
bool tl_trap_saved(uintptr_t *x1, uintptr_t *epc, uintptr_t *status, uintptr_t cause)
{
	const uintptr_t mode = RISCV_STATUS_PP | RISCV_STATUS_PIE;
	struct riscv_regs r;
	uintptr_t in_core;
	bool ours;

	if (!(*status & RISCV_STATUS_PP)) {
		riscv_saw_user();
		return false;
	}
	if ((intptr_t)cause < 0) {
		note_interrupt(x1[SP]);
		return false;
	}
	for (unsigned i = 0; i < NX; i++)
		r.r[i] = x1[i];
	r.pc = *epc;
	r.status = *status;
	r.leave = r.stack = 0;
	ours = riscv_trap((struct tl_regs *)(void *)&r, cause);
	for (unsigned i = 0; i < NX; i++)
		x1[i] = r.r[i];
	*epc = r.pc;
	*status = r.status;
	if (r.leave) {
		__asm volatile("csrr %0, " CSR(XSTATUS) : "=r"(in_core));
		x1[S0] = r.saved;
		x1[SP] = r.saved & ~(uintptr_t)15;
		*epc = r.leave;
		*status = (*status & ~mode) | (in_core & mode);
	}
	return ours;
}
