/* SPDX-License-Identifier: MIT */
/*
 * RISC-V text and memory: patches with read-back, fault-safe access, the interrupt lock.
 * Follows the RISC-V Instruction Set Manual, volume I, 20191213: 3 (FENCE.I); volume II,
 * 20211203: 3.1.6.1 (MIE).
 */
#include "access.h"
#include "riscv_target.h"

TL_RAM(".bss");

extern const char riscv_words_failed[], riscv_access_failed[];

static bool locked_out; /* by the lock: they were let in before */

uintptr_t tl_arch_lock(void)
{
	uintptr_t was;

	__asm volatile("csrrci %0, " CSR(XSTATUS) ", %1"
	               : "=r"(was)
	               : "i"(RISCV_STATUS_IE)
	               : "memory");
	was &= RISCV_STATUS_IE;
	if (was)
		locked_out = true;
	return was;
}

void tl_arch_unlock(uintptr_t was)
{
	if (was)
		locked_out = false;
	__asm volatile("csrs " CSR(XSTATUS) ", %0" ::"r"(was) : "memory");
}

bool riscv_lets_interrupts_in(void)
{
	uintptr_t status;

	__asm volatile("csrr %0, " CSR(XSTATUS) : "=r"(status));
	return status & RISCV_STATUS_IE || locked_out;
}

/* The architecture has no map of memory: what can be read may be text. */
bool tl_arch_executable(uintptr_t addr)
{
	(void)addr;
	return true;
}

static bool within(uintptr_t pc, const void *from, const void *to)
{
	return pc - (uintptr_t)from < (uintptr_t)to - (uintptr_t)from;
}

bool riscv_access_fixup(struct riscv_regs *regs)
{
	const char *end = 0;

	if (within(regs->pc, (const void *)riscv_load, riscv_access_failed))
		end = riscv_access_failed;
#if TL_TRACE
	if (within(regs->pc, (const void *)tl_arch_words, riscv_words_failed))
		end = riscv_words_failed;
#endif
	if (end)
		regs->pc = (uintptr_t)end;
	return end;
}

unsigned tl_arch_copy(uintptr_t addr, void *to, unsigned n)
{
	return tl_access_read(riscv_load, addr, to, n);
}

int tl_arch_read(uintptr_t addr, void *to, unsigned n)
{
	return tl_arch_copy(addr, to, n) == n ? 0 : -TL_EFAULT;
}

int tl_arch_write(uintptr_t addr, const void *from, unsigned n)
{
	int err = tl_access_write(riscv_store, addr, from, n);

	__asm volatile("fence.i" ::: "memory"); /* it may be text */
	return err;
}

int tl_arch_patch(uintptr_t addr, const uint8_t *bytes, unsigned n)
{
	int err = tl_arch_write(addr, bytes, n);

	return err || !tl_access_holds(addr, bytes, n) ? -TL_EROM : 0;
}
