/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M text and memory: patches with read-back, fault-safe access, the interrupt lock.
 * Follows DDI 0403E A3.8 (barriers; an ISB makes patched text seen), B3.1 (the address map and its
 * execute-never regions).
 */
#include "access.h"
#include "thumb_target.h"

extern const char thumb_access_failed[];

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

bool thumb_access_fixup(struct thumb_regs *regs)
{
	uintptr_t first = (uintptr_t)thumb_load & ~(uintptr_t)1,
	          last = (uintptr_t)thumb_access_failed & ~(uintptr_t)1;

	if (regs->pc < first || regs->pc >= last)
		return false;
	regs->pc = last;
	return true;
}

int tl_arch_read(uintptr_t addr, void *to, unsigned n)
{
	return tl_access_read(thumb_load, addr, to, n);
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
