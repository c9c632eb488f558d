/* SPDX-License-Identifier: MIT */
/*
 * RISC-V text and memory: patches with read-back, fault-safe access, the interrupt lock.
 * Follows the RISC-V Instruction Set Manual, volume I, 20191213: 3 (FENCE.I); volume II, 20211203: 3.1.6.1 (MIE).
 */
#include "error.h"
#include "riscv_target.h"

extern const char riscv_access_failed[];

static bool locked_out; /* by the lock: they were let in before */

uintptr_t tl_arch_lock(void)
{
	uintptr_t was;

	__asm volatile("csrrci %0, mstatus, %1" : "=r"(was) : "i"(RISCV_MSTATUS_MIE) : "memory");
	was &= RISCV_MSTATUS_MIE;
	if (was)
		locked_out = true;
	return was;
}

void tl_arch_unlock(uintptr_t was)
{
	if (was)
		locked_out = false;
	__asm volatile("csrs mstatus, %0" ::"r"(was) : "memory");
}

bool riscv_lets_interrupts_in(void)
{
	uintptr_t mstatus;

	__asm volatile("csrr %0, mstatus" : "=r"(mstatus));
	return mstatus & RISCV_MSTATUS_MIE || locked_out;
}

/* The architecture has no map of memory: what can be read may be text. */
bool tl_arch_executable(uintptr_t addr)
{
	(void)addr;
	return true;
}

bool riscv_access_fixup(struct riscv_regs *regs)
{
	uintptr_t first = (uintptr_t)riscv_load, last = (uintptr_t)riscv_access_failed;

	if (regs->pc < first || regs->pc >= last)
		return false;
	regs->pc = last;
	return true;
}

/* The widest access that is aligned at `addr` and no longer than `n`. */
static unsigned width(uintptr_t addr, unsigned n)
{
	unsigned w = RISCV_WORD;

	while (addr & (w - 1) || w > n)
		w /= 2;
	return w;
}

int tl_arch_read(uintptr_t addr, void *to, unsigned n)
{
	uint8_t *t = to;

	while (n) {
		unsigned w = width(addr, n);
		uintptr_t value;

		if (riscv_load(addr, w, &value))
			return -TL_EFAULT;
		for (unsigned i = 0; i < w; i++, value >>= 8)
			*t++ = (uint8_t)value;
		addr += w;
		n -= w;
	}
	return 0;
}

int tl_arch_write(uintptr_t addr, const void *from, unsigned n)
{
	const uint8_t *f = from;

	while (n) {
		unsigned w = width(addr, n);
		uintptr_t value = 0;

		for (unsigned i = 0; i < w; i++)
			value |= (uintptr_t)*f++ << 8 * i;
		if (riscv_store(addr, w, value))
			return -TL_EFAULT;
		addr += w;
		n -= w;
	}
	return 0;
}

int tl_arch_patch(uintptr_t addr, const uint8_t *bytes, unsigned n)
{
	uint8_t seen[4];
	int err = tl_arch_write(addr, bytes, n);

	__asm volatile("fence.i" ::: "memory");
	if (err || tl_arch_read(addr, seen, n))
		return -TL_EROM;
	for (unsigned i = 0; i < n; i++)
		if (seen[i] != bytes[i])
			return -TL_EROM;
	return 0;
}
