/* SPDX-License-Identifier: MIT */
/*
 * A model of Cortex-M's Flash Patch and Breakpoint unit, which QEMU has not: built in by
 * -DTL_FPB_MODEL=N, with N comparators, of version TL_FPB_VERSION. Text is ROM to the agent then.
 * An address in a comparator is a breakpoint instruction behind its back: what it reads of text
 * does not show it. Linked with the wrappers that target.mk names.
 *
 * As the unit, it takes FP_CTRL only with KEY, compares only with ENABLE, has so many comparators,
 * and in version 1 compares words below 0x20000000 by their halves. Unlike it, it traps in a
 * predicate's false lane, too; and QEMU takes the breakpoint to HardFault, where silicon has
 * DebugMonitor. Follows DDI 0403E C1.11, DDI 0553B.y D1.2.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef TL_FPB_MODEL

#ifndef TL_FPB_VERSION
#define TL_FPB_VERSION 1
#endif

enum {
	ROM_END = 0x20000000, /* text is below */
	ENABLE = 1,
	KEY = 2,
	EROM = 14,
	BKPT = 0xbe7e,
	HALVES = 2 * TL_FPB_MODEL
};
#define FP_CTRL 0xe0002000u
#define FP_COMP 0xe0002008u
#define TAKEN   (TL_FPB_VERSION == 1 ? 0xdffffffdu : 0xffffffffu) /* bits of FP_COMPn */

static uint32_t enable, comp[TL_FPB_MODEL];
static struct {
	uint32_t addr;
	uint16_t was;
} patched[HALVES]; /* addr 0 with `was` 0: none */

/* The half-word that is compared as the n-th; 0: it is none. */
static uint32_t half(unsigned n)
{
	uint32_t c = comp[n / 2];

	if (!enable || !(c & ENABLE))
		return 0;
	if (TL_FPB_VERSION == 2)
		return n & 1 ? 0 : c & ~1u;
	return c >> 30 >> (n & 1) & 1 ? (c & 0x1ffffffc) + 2 * (n & 1) : 0;
}

static void put(uint32_t addr, uint16_t insn)
{
	*(volatile uint16_t *)addr = insn;
	__asm volatile("dsb\n\tisb" ::: "memory");
}

static void apply(void)
{
	for (unsigned n = 0; n < HALVES; n++)
		if (patched[n].addr && patched[n].addr != half(n)) {
			put(patched[n].addr, patched[n].was);
			patched[n].addr = 0;
		}
	for (unsigned n = 0; n < HALVES; n++)
		if (half(n) && !patched[n].addr) {
			patched[n].addr = half(n);
			patched[n].was = *(volatile uint16_t *)half(n);
			put(half(n), BKPT);
		}
}

uint32_t __real_tl_arch_thumb_register(uint32_t addr);
uint32_t __wrap_tl_arch_thumb_register(uint32_t addr)
{
	unsigned n = (addr - FP_COMP) / 4;

	if (addr == FP_CTRL)
		return (TL_FPB_VERSION - 1u) << 28 | (TL_FPB_MODEL & 0x70) << 8 |
		       (TL_FPB_MODEL & 15) << 4 | enable;
	if (addr < FP_CTRL || addr >= FP_CTRL + 0x1000)
		return __real_tl_arch_thumb_register(addr);
	return n < TL_FPB_MODEL ? comp[n] : 0;
}

void __wrap_tl_arch_thumb_set_register(uint32_t addr, uint32_t value)
{
	unsigned n = (addr - FP_COMP) / 4;

	if (addr == FP_CTRL && value & KEY)
		enable = value & ENABLE;
	if (addr >= FP_COMP && n < TL_FPB_MODEL)
		comp[n] = value & TAKEN;
	apply();
}

/* ---- text is ROM, and shows no breakpoint ---- */

int __real_tl_arch_patch(uintptr_t addr, const uint8_t *bytes, unsigned n);
int __wrap_tl_arch_patch(uintptr_t addr, const uint8_t *bytes, unsigned n)
{
	return addr < ROM_END ? -EROM : __real_tl_arch_patch(addr, bytes, n);
}

int __real_tl_arch_write(uintptr_t addr, const void *from, unsigned n);
int __wrap_tl_arch_write(uintptr_t addr, const void *from, unsigned n)
{
	return addr < ROM_END ? 0 : __real_tl_arch_write(addr, from, n);
}

static void hide(uintptr_t addr, uint8_t *to, unsigned n)
{
	for (unsigned i = 0; i < HALVES; i++)
		for (unsigned k = 0; patched[i].addr && k < 2; k++)
			if (patched[i].addr + k - addr < n)
				to[patched[i].addr + k - addr] = (uint8_t)(patched[i].was >> 8 * k);
}

unsigned __real_tl_arch_copy(uintptr_t addr, void *to, unsigned n);
unsigned __wrap_tl_arch_copy(uintptr_t addr, void *to, unsigned n)
{
	n = __real_tl_arch_copy(addr, to, n);
	hide(addr, to, n);
	return n;
}

int __real_tl_arch_read(uintptr_t addr, void *to, unsigned n);
int __wrap_tl_arch_read(uintptr_t addr, void *to, unsigned n)
{
	int err = __real_tl_arch_read(addr, to, n);

	if (!err)
		hide(addr, to, n);
	return err;
}

#endif
