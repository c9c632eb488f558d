/* SPDX-License-Identifier: MIT */
/*
 * AArch64 comparators of instruction addresses, for text that takes no breakpoint: the debug
 * registers, which trap before the instruction. Follows the Arm Architecture Reference Manual for
 * A-profile, DDI 0487: D2 (self-hosted debug), D19.3 (DBGBCR, DBGWCR, MDSCR_EL1, OSLAR_EL1).
 *
 * Debug exceptions are masked at EL1 while PSTATE.D is set, as it is after a reset, and in every
 * handler until that clears it: comparators do not trap there. tl_arch_init() clears it for the
 * code that calls it.
 */
#include "breakpoint.h"

#include "a64_target.h"
#include "error.h"
#include "tl_config.h"

TL_RAM(".bss");

#if TL_COMPARATORS || TL_WATCHES || TL_GDB

/* By the feature register, a number less one at a bit. */
static unsigned count(unsigned bit)
{
	unsigned n = (unsigned)(A64_READ(id_aa64dfr0_el1) >> bit & 15) + 1;

	return n < A64_COMPARATORS ? n : A64_COMPARATORS;
}

unsigned a64_breakpoints(void)
{
	return count(12);
}

unsigned a64_watchpoints(void)
{
	return count(20);
}

/* Off, those that were on before: a jump to where firmware starts resets none. */
void a64_init_comparators(void)
{
	enum { MDE = 1 << 15, KDE = 1 << 13 };

	A64_WRITE(oslar_el1, 0);
	for (unsigned n = 0; n < a64_breakpoints(); n++)
		a64_set_breakpoint(n, 0, 0);
	for (unsigned n = 0; n < a64_watchpoints(); n++)
		a64_set_watchpoint(n, 0, 0);
	A64_WRITE(mdscr_el1, A64_READ(mdscr_el1) | MDE | KDE);
	__asm volatile("isb\n\tmsr daifclr, #8" ::: "memory");
}

#endif

#if TL_COMPARATORS

static struct {
	uintptr_t addr;
	bool taken;
} comparators[A64_COMPARATORS];

/* The point's, or else, of TAKE, a free one; or A64_COMPARATORS. */
static unsigned find(uintptr_t addr, bool taken)
{
	unsigned n = 0, most = a64_breakpoints();

	while (n < most &&
	       !(comparators[n].taken == taken && (!taken || comparators[n].addr == addr)))
		n++;
	return n < most ? n : A64_COMPARATORS;
}

int tl_arch_compare(uintptr_t addr, enum tl_compare how)
{
	enum { ALL_BYTES = 0xf << 5 };
	unsigned n = find(addr, true);
	bool on = how == TL_COMPARE_ON;

	if (n == A64_COMPARATORS && (on || how == TL_COMPARE_TRY))
		n = find(addr, false);
	if (how == TL_COMPARE_TRY)
		return n < A64_COMPARATORS ? 0 : -TL_EFULL;
	if (n == A64_COMPARATORS)
		return on ? -TL_EFULL : 0;
	comparators[n].addr = addr;
	comparators[n].taken = how != TL_COMPARE_OFF;
	a64_set_breakpoint(n, addr, on ? ALL_BYTES | A64_CONTROL_ON : 0);
	return 0;
}

bool tl_arch_left_over(const struct tl_regs *regs)
{
	(void)regs; /* a64_init_comparators() has seen to them */
	return false;
}

struct tl_comparators tl_arch_comparators(void)
{
	struct tl_comparators c = {.count = a64_breakpoints()};

	for (unsigned n = 0; n < c.count; n++)
		c.used += comparators[n].taken;
	return c;
}
#endif
