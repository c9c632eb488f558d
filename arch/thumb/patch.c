/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M text and memory: patches with read-back, fault-safe access, the interrupt lock.
 * Follows DDI 0403E A3.8 (barriers; an ISB makes patched text seen), B3.1 (the address map and its execute-never regions).
 */
#include "arch.h"
#include "error.h"
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
	uintptr_t first = (uintptr_t)thumb_load & ~(uintptr_t)1, last = (uintptr_t)thumb_access_failed & ~(uintptr_t)1;

	if (regs->pc < first || regs->pc >= last)
		return false;
	regs->pc = last;
	return true;
}

/* The widest access that is aligned at `addr` and no longer than `n`. */
static unsigned width(uintptr_t addr, unsigned n)
{
	if (!(addr & 3) && n >= 4)
		return 4;
	return !(addr & 1) && n >= 2 ? 2 : 1;
}

int tl_arch_read(uintptr_t addr, void *to, unsigned n)
{
	uint8_t *t = to;

	while (n) {
		unsigned w = width(addr, n);
		uint32_t value;

		if (thumb_load(addr, w, &value))
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
		uint32_t value = 0;

		for (unsigned i = 0; i < w; i++)
			value |= (uint32_t)*f++ << 8 * i;
		if (thumb_store(addr, w, value))
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

	__asm volatile("dsb\n\tisb" ::: "memory");
	if (err || tl_arch_read(addr, seen, n))
		return -TL_EROM;
	for (unsigned i = 0; i < n; i++)
		if (seen[i] != bytes[i])
			return -TL_EROM;
	return 0;
}
