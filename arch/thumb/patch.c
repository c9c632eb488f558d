/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M text and memory: patches with read-back, fault-safe access, the interrupt lock.
 * Follows DDI 0403E A3.8 (barriers; an ISB makes patched text seen), B3.1 (the address map and its
 * execute-never regions).
 */
#include "access.h"
#include "thumb_target.h"

extern const char thumb_words_end[], thumb_access_failed[];

uintptr_t tl_arch_lock(void)
{
	uintptr_t was;

	__asm volatile("mrs %0, primask\n\tcpsid i" : "=r"(was)::"memory");
	return was;
}

void tl_arch_unlock(uintptr_t was)
{
	__asm volatile("msr primask, %0" ::"r"(was) : "memory");
}

bool tl_arch_executable(uintptr_t addr)
{
	return addr < 0x40000000 || (addr >= 0x60000000 && addr < 0xa0000000);
}

static bool within(uintptr_t pc, const void *from, const void *to)
{
	return pc - ((uintptr_t)from & ~(uintptr_t)1) < (uintptr_t)to - (uintptr_t)from;
}

bool thumb_access_fixup(struct thumb_regs *regs)
{
	const char *end = 0;

	if (within(regs->pc, (const void *)thumb_load, thumb_access_failed))
		end = thumb_access_failed;
#if TL_TRACE
	if (within(regs->pc, (const void *)tl_arch_words, thumb_words_end))
		end = thumb_words_end;
#endif
	if (end)
		regs->pc = (uintptr_t)end & ~(uintptr_t)1;
	return end;
}

unsigned tl_arch_copy(uintptr_t addr, void *to, unsigned n)
{
	return tl_access_read(thumb_load, addr, to, n);
}

int tl_arch_read(uintptr_t addr, void *to, unsigned n)
{
	return tl_arch_copy(addr, to, n) == n ? 0 : -TL_EFAULT;
}

int tl_arch_write(uintptr_t addr, const void *from, unsigned n)
{
	int err = tl_access_write(thumb_store, addr, from, n);

	__asm volatile("dsb\n\tisb" ::: "memory"); /* it may be text */
	return err;
}

int tl_arch_patch(uintptr_t addr, const uint8_t *bytes, unsigned n)
{
	int err = tl_arch_write(addr, bytes, n);

	return err || !tl_access_holds(addr, bytes, n) ? -TL_EROM : 0;
}

#if TL_COMPARATORS && !defined __ARM_ARCH_6M__
uint32_t thumb_register(uint32_t addr)
{
	uintptr_t v;

	return thumb_load(addr, 4, &v) ? 0 : v;
}

void thumb_set_register(uint32_t addr, uint32_t value)
{
	thumb_store(addr, 4, value);
}
#endif
