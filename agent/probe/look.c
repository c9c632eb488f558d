/* SPDX-License-Identifier: MIT */
/*
 * The first look at a trap, before any register is saved: the direct hits. And every TL_GATE-th
 * time a closer one, which measures what the hit takes (budget.h).
 */
#include "probe/budget.h"
#include "probe/trap.h"

/* Not in its place of the map; out of the way of those that are. */
__attribute__((noinline)) static uintptr_t look_further(uintptr_t pc, struct tl_look *look)
{
	struct tl_point *pt = tl_point_search(pc);

	return pt && pt->direct ? pt->direct(pc, look, pt) : 0;
}

#if TL_BUDGET
/*
 * The gate is closed. What a direct hit takes is about as much before this, and behind it. And a
 * return takes as much as the call.
 */
__attribute__((noinline)) static uintptr_t look_closer(uintptr_t pc, struct tl_look *look)
{
	uint32_t begin = tl_budget_begin();
	struct tl_point *pt = tl_point_at(pc);
	uintptr_t resume;

	if (tl_table.running) {
		tl_table.gate = 1;
		return 0;
	}
	if (!pt || !pt->direct)
		return 0;
	resume = pt->direct(pc, look, pt);
	if (!resume)
		return 0;
	tl_table.gate = TL_GATE;
	tl_budget_charge(pt, begin, TL_GATE_SHIFT + 1u + pt->returns);
	return resume;
}

static inline bool is_shut(void)
{
	return !--tl_table.gate;
}

void tl_gate_open(uintptr_t pc, uint32_t begin)
{
	if (!tl_table.gate) /* else handlers run, which are measured themselves */
		tl_table.gate = TL_GATE;
	tl_budget_charge(tl_point_at(pc), begin, TL_GATE_SHIFT);
}
#else
static uintptr_t look_closer(uintptr_t pc, struct tl_look *look)
{
	(void)pc, (void)look;
	return 0;
}

static inline bool is_shut(void)
{
	return TL_DECODE && tl_table.running;
}
#endif

/* The direct hits: short, since this is what the firmware waits for. */
__attribute__((optimize("O2"))) uintptr_t tl_first_look(uintptr_t pc, struct tl_look *look)
{
	unsigned i = tl_table.map[tl_point_hash(pc) % TL_MAP];
	struct tl_point *pt;

	if (!i)
		return 0;
	if (is_shut())
		return look_closer(pc, look);
	pt = &tl_table.points[i - 1];
	if (pt->addr != pc)
		return look_further(pc, look);
	return pt->direct ? pt->direct(pc, look, pt) : 0;
}
