/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M comparators of code: the Flash Patch and Breakpoint unit, whose match enters
 * DebugMonitor as a breakpoint does. Armv7-M and Armv8-M. Follows DDI 0403E C1.11 (FPB version 1)
 * and C1.6.3 (DHCSR), DDI 0553B.y D1.2 (FP_CTRL, FP_COMPn of version 2).
 *
 * Nothing is assumed of the core: a comparator is there if it takes an address. What cannot be read
 * there is none. While a debugger halts the core by its debug port the unit is that one's.
 *
 * A reset need not reach the unit: only one by power does for sure. So what is on when the agent
 * starts was left over, and may trap before that.
 */
#include "error.h"
#include "thumb_target.h"

TL_RAM(".bss");

#if TL_COMPARATORS

#define FP_CTRL 0xe0002000u
#define FP_COMP 0xe0002008u /* the first; a word each */
enum {
	CTRL_ENABLE = 1,
	CTRL_KEY = 2,
	COMP_ENABLE = 1,
	V1_HALVES_BIT = 30, /* version 1: 1 the lower half of the word traps, 2 the upper, 3 both */
};
#define V1_END    0x20000000u /* version 1 compares below that */
#define V1_WORD   0x1ffffffcu
#define TRIED     0x1ffffffcu /* address bits that every comparator has; not enabled */
#define C_DEBUGEN 1u          /* of DHCSR */

/*
 * What a comparator holds. Version 1 compares a word and has the two halves of it in two bits, so
 * that two points may share one. On version 2 an address is a unit of its own, and has one bit.
 */
static struct {
	uint32_t unit;
	uint8_t owned, on; /* bits of halves that are points'; of those, the ones that trap */
} comparators[TL_COMPARATORS];

static bool version_1;

static bool is_taken(void)
{
	return thumb_register(THUMB_DHCSR) & C_DEBUGEN;
}

/* How many compare code: behind them are others. */
static unsigned count(void)
{
	uint32_t ctrl = thumb_register(FP_CTRL), n = (ctrl >> 4 & 15) | (ctrl >> 8 & 0x70);

	version_1 = !(ctrl >> 28);
	return n < TL_COMPARATORS ? n : TL_COMPARATORS;
}

static uint32_t unit_of(uint32_t addr)
{
	return version_1 ? addr & ~3u : addr;
}

static uint8_t half_of(uint32_t addr)
{
	return version_1 && addr & 2 ? 2 : 1;
}

/* What is to stand in comparator `n`: nothing, where none of its points traps. */
static void update(unsigned n)
{
	uint32_t v = comparators[n].unit | COMP_ENABLE;

	if (version_1)
		v |= (uint32_t)comparators[n].on << V1_HALVES_BIT;
	thumb_set_register(FP_COMP + 4 * n, comparators[n].on ? v : 0);
}

/* Does what stands in one trap? On version 1 it may also replace a word of code, and is the
 * firmware's. */
static bool traps(uint32_t v)
{
	return v & COMP_ENABLE && (!version_1 || v >> V1_HALVES_BIT);
}

void thumb_init_comparators(void)
{
	if (is_taken())
		return;
	for (unsigned n = 0, most = count(); n < most; n++)
		if (traps(thumb_register(FP_COMP + 4 * n)))
			thumb_set_register(FP_COMP + 4 * n, 0);
}

/* Does the n-th take an address? It is off then, if it is not in use. */
static bool is_there(unsigned n)
{
	bool there = comparators[n].owned;

	if (!there && !(thumb_register(FP_COMP + 4 * n) & COMP_ENABLE)) {
		thumb_set_register(FP_COMP + 4 * n, TRIED);
		there = (thumb_register(FP_COMP + 4 * n) & TRIED) == TRIED;
		thumb_set_register(FP_COMP + 4 * n, 0);
	}
	return there;
}

/* That which the address has; TL_COMPARATORS: none. */
static unsigned of_point(uint32_t addr)
{
	unsigned n = 0;

	while (n < TL_COMPARATORS &&
	       !(comparators[n].owned & half_of(addr) && comparators[n].unit == unit_of(addr)))
		n++;
	return n;
}

/* That which the address may have: one that has its word already, or a free one. 0 or -TL_E…. */
static int find(uint32_t addr, unsigned *out)
{
	unsigned most = count(), n = 0;

	if (is_taken())
		return -TL_EBUSY;
	if (!most || (version_1 && addr >= V1_END))
		return -TL_ENOSUP;
	while (n < most && !(comparators[n].owned && comparators[n].unit == unit_of(addr)))
		n++;
	if (n == most)
		for (n = 0; n < most && (comparators[n].owned || !is_there(n));)
			n++;
	*out = n;
	return n < most ? 0 : -TL_EFULL;
}

static int turn_on(uint32_t addr)
{
	unsigned n;
	int err = find(addr, &n);

	if (err)
		return err;
	thumb_set_register(FP_CTRL, CTRL_KEY | CTRL_ENABLE);
	if (!(thumb_register(FP_CTRL) & CTRL_ENABLE))
		return -TL_ENOSUP;
	comparators[n].unit = unit_of(addr);
	comparators[n].owned |= half_of(addr);
	comparators[n].on |= half_of(addr);
	update(n);
	return 0;
}

int tl_arch_compare(uintptr_t addr, enum tl_compare how)
{
	unsigned n;

	if (how == TL_COMPARE_ON)
		return turn_on(addr);
	if (how == TL_COMPARE_TRY)
		return find(addr, &n);
	n = of_point(addr);
	if (n == TL_COMPARATORS)
		return 0;
	comparators[n].on &= (uint8_t)~half_of(addr);
	if (how == TL_COMPARE_OFF)
		comparators[n].owned &= (uint8_t)~half_of(addr);
	update(n);
	return 0;
}

struct tl_comparators tl_arch_comparators(void)
{
	struct tl_comparators c = {.taken = is_taken()};
	uintptr_t lock = tl_arch_lock();

	for (unsigned n = 0, most = c.taken ? 0 : count(); n < most; n++) {
		c.count += is_there(n);
		c.used += comparators[n].owned != 0;
	}
	tl_arch_unlock(lock);
	return c;
}

bool tl_arch_left_over(const struct tl_regs *regs)
{
	uint32_t pc = ((const struct thumb_regs *)(const void *)regs)->pc;
	bool any = false;

	for (unsigned n = 0, most = count(); n < most; n++) {
		uint32_t v = thumb_register(FP_COMP + 4 * n);
		bool here = version_1 ? (v & V1_WORD) == (pc & ~3u) : (v & ~1u) == pc;

		if (!comparators[n].owned && traps(v) && here) {
			thumb_set_register(FP_COMP + 4 * n, 0);
			any = true;
		}
	}
	return any;
}

bool thumb_compared(uint32_t pc)
{
	unsigned n = of_point(pc);

	return n < TL_COMPARATORS && comparators[n].on & half_of(pc);
}

#endif
