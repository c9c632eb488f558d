/* SPDX-License-Identifier: MIT */
/*
 * AArch64 text and memory: patches with read-back, fault-safe access, the interrupt lock. Follows
 * the Arm Architecture Reference Manual for A-profile, DDI 0487: B2.7.4 (instructions that are
 * written), C5.2.3 (DAIF), D19.2.34 (CTR_EL0).
 */
#include "a64_target.h"
#include "access.h"

TL_RAM(".bss");

extern const char a64_words_failed[], a64_access_failed[];

static bool locked_out; /* by the lock: they were let in before */

uintptr_t tl_arch_lock(void)
{
	uintptr_t in = ~A64_READ(daif) & A64_MASKS;

	__asm volatile("msr daifset, #3" ::: "memory");
	if (in)
		locked_out = true;
	return in;
}

void tl_arch_unlock(uintptr_t was)
{
	if (!was)
		return;
	locked_out = false;
	A64_WRITE(daif, A64_READ(daif) & ~was);
}

bool a64_lets_interrupts_in(void)
{
	return (~A64_READ(daif) & A64_MASKS) || locked_out;
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

bool a64_access_fixup(struct a64_regs *regs)
{
	const char *end = 0;

	if (within(regs->pc, (const void *)a64_load, a64_access_failed))
		end = a64_access_failed;
#if TL_TRACE
	if (within(regs->pc, (const void *)tl_arch_words, a64_words_failed))
		end = a64_words_failed;
#endif
	if (end)
		regs->pc = (uintptr_t)end;
	return end;
}

unsigned tl_arch_copy(uintptr_t addr, void *to, unsigned n)
{
	return tl_access_read(a64_load, addr, to, n);
}

int tl_arch_read(uintptr_t addr, void *to, unsigned n)
{
	return tl_arch_copy(addr, to, n) == n ? 0 : -TL_EFAULT;
}

/* Makes what was written visible to fetches. */
static void synchronise(uintptr_t addr, unsigned n)
{
	uintptr_t type = A64_READ(ctr_el0), end = addr + n;
	uintptr_t data_line = (uintptr_t)4 << (type >> 16 & 15), line = (uintptr_t)4 << (type & 15);

	for (uintptr_t at = addr & ~(data_line - 1); at < end; at += data_line)
		__asm volatile("dc cvau, %0" ::"r"(at) : "memory");
	__asm volatile("dsb ish" ::: "memory");
	for (uintptr_t at = addr & ~(line - 1); at < end; at += line)
		__asm volatile("ic ivau, %0" ::"r"(at) : "memory");
	__asm volatile("dsb ish\n\tisb" ::: "memory");
}

int tl_arch_write(uintptr_t addr, const void *from, unsigned n)
{
	int err = tl_access_write(a64_store, addr, from, n);

	if (!err)
		synchronise(addr, n); /* it may be text */
	return err;
}

int tl_arch_patch(uintptr_t addr, const uint8_t *bytes, unsigned n)
{
	if (!n) {
		synchronise(addr, 4);
		return 0;
	}
	return tl_arch_write(addr, bytes, n) || !tl_access_holds(addr, bytes, n) ? -TL_EROM : 0;
}
