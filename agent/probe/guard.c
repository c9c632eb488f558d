/* SPDX-License-Identifier: MIT */
/*
 * What is never probed though it is the firmware's: what runs in a trap (tl_port.ticks), and what
 * runs where no trap is possible (tl_arch_root), each with what it calls, as far as direct calls
 * and jumps go.
 * Code is remembered as ranges without a gap, in the order in which they were found, those of ticks
 * first. A range is followed from its start to where the code ends or meets another one. Where it
 * leads besides is noted as a range to come. So there is no recursion, and an end. The walk is done
 * again when a root has moved. That is looked at before each answer, since a vector table may come
 * late.
 *
 * Of ticks all has to be known. If it is not (a call by pointer, or too much), nothing calls it in
 * a trap: see tl_probe_needs().
 */
#include "probe/guard.h"

#include "base/clock.h"
#include "base/util.h"
#include "probe/text.h"

TL_RAM(".bss");

/* ---- roots ---- */

struct tl_root tl_guard_root(unsigned i)
{
	uintptr_t ticks = (uintptr_t)tl_port.ticks;

	if (i)
		return tl_arch_root(i - 1);
	if (tl_arch_isa->insn_align > 1)
		ticks &= ~(uintptr_t)1;
	return (struct tl_root){ticks, TL_ENOPROBE, true};
}

#if TL_DECODE

enum { INSNS = 1024, MAX_INSN = 4 }; /* looked at in all: interrupts wait */

struct range {
	uintptr_t start, end; /* equal: to come */
};

static struct range ranges[TL_GUARD];
/* ranges in all, and up to the end of each root's */
static uint8_t used, of_root[1 + TL_ARCH_ROOTS];
static uintptr_t roots[1 + TL_ARCH_ROOTS]; /* as they were when that was worked out */
bool tl_ticks_opaque;

_Static_assert(TL_GUARD >= 4 && TL_GUARD <= 255, "TL_GUARD");

/* ---- the walk ---- */

struct guard {
	bool own;     /* the root is in the agent's section: so its code may be, too */
	bool calls;   /* calls are followed */
	bool unknown; /* there is more */
	unsigned first, left;
};

/* The range of this root around `addr`, or that is to begin there. */
static bool is_known(const struct guard *g, uintptr_t addr)
{
	for (unsigned i = g->first; i < used; i++)
		if (addr == ranges[i].start ||
		    addr - ranges[i].start < ranges[i].end - ranges[i].start)
			return true;
	return false;
}

static void note(struct guard *g, uintptr_t addr)
{
	if (is_known(g, addr) || (!g->own && tl_agents_own(addr)))
		return;
	if (used == TL_GUARD)
		g->unknown = true;
	else
		ranges[used++] = (struct range){addr, addr};
}

/* From its start to where the code ends, or goes on in another range. */
static void walk(struct guard *g, struct range *range)
{
	struct tl_onward flow;

	tl_zero(&flow, sizeof flow);
	do {
		uint8_t bytes[MAX_INSN];
		struct tl_text text = {.bytes = bytes, .addr = range->end, .after = MAX_INSN};
		unsigned len = 0;

		while (text.after && tl_read_memory(text.addr, bytes, text.after))
			text.after -= tl_arch_isa->insn_align;
		if (text.after && g->left && g->left--)
			len = tl_arch_isa->onward(tl_arch_isa, &text, tl_arch_read, &flow);
		g->unknown |= !g->left || !text.after || (len && flow.unknown);
		if (!len)
			return;
		range->end += len;
		if (flow.to && (g->calls || !flow.calls))
			note(g, flow.to);
	} while (!flow.ends && !is_known(g, range->end));
}

/* All of a root. Is there more than that? */
static bool walk_all(uintptr_t entry, bool calls)
{
	struct guard g = {
	        .own = tl_agents_own(entry), .calls = calls, .first = used, .left = INSNS};

	if (entry)
		note(&g, entry);
	for (unsigned i = g.first; i < used; i++)
		walk(&g, &ranges[i]);
	return g.unknown;
}

static bool moved(void)
{
	for (unsigned i = 0; i < 1 + TL_ARCH_ROOTS; i++)
		if (roots[i] != tl_guard_root(i).entry)
			return true;
	return false;
}

void tl_guard_settle(void)
{
	uintptr_t lock;

	if (!moved())
		return;
	lock = tl_arch_lock();
	used = 0;
	for (unsigned i = 0; i < 1 + TL_ARCH_ROOTS; i++) {
		struct tl_root r = tl_guard_root(i);
		bool more = walk_all(r.entry, r.calls);

		if (i == 0)
			tl_ticks_opaque = more;
		roots[i] = r.entry;
		of_root[i] = used;
	}
	tl_arch_unlock(lock);
}

#if TL_WATCHES
bool tl_guard_runs(uintptr_t addr)
{
	unsigned i = 0;

	while (i < of_root[0] && addr - ranges[i].start >= ranges[i].end - ranges[i].start)
		i++;
	return i < of_root[0];
}
#endif

#if TL_FLASH
bool tl_guard_within(uintptr_t start, uintptr_t size)
{
	unsigned i = of_root[0];

	while (i < used && (ranges[i].start >= start + size || start >= ranges[i].end))
		i++;
	return i < used;
}
#endif

int tl_guard_check(uintptr_t addr)
{
	unsigned i = 0, of = 0;

	tl_guard_settle();
	while (i < used && addr - ranges[i].start >= ranges[i].end - ranges[i].start)
		i++;
	if (i == used)
		return 0;
	while (i >= of_root[of])
		of++;
	return -(int)tl_guard_root(of).error;
}

#endif
