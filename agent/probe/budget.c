/* SPDX-License-Identifier: MIT */
/*
 * The budget: see budget.h. Which point is to blame is found as the majority is in a stream of
 * votes: each charge is a vote as heavy as it is dear.
 */
#include "probe/budget.h"

#include "base/util.h"

TL_RAM(".bss");

#if TL_BUDGET

_Static_assert(TL_BUDGET > 0 && TL_BUDGET <= 100, "TL_BUDGET");

enum {
	PARTS = 128, /* of a second: so long without a poll is long */
	/* And so many ticks. A coarse clock says of most hits that they take no time, and of some
	   that they take a tick: so many that this evens out. */
	TICKS = 128 << TL_GATE_SHIFT,
	/* Of the time without a poll, so much in one piece is no hit's: whatever it is (a task that
	   waits amid a handler, a simulator that is not run), it is not more. */
	PIECE = 4,
};

static uint8_t set; /* by the firmware, and 1 more; 0: nothing */
static struct tl_point *heaviest;
static uint32_t weight;
uint32_t tl_budget_overloads;
uintptr_t tl_budget_last;

int tl_set_budget(unsigned percent)
{
	if (percent > 100)
		return -TL_EINVAL;
	set = (uint8_t)(percent + 1);
	return 0;
}

static unsigned percent(void)
{
	return set ? set - 1u : TL_BUDGET;
}

uint32_t tl_budget_begin(void)
{
	return tl_ticks_opaque ? 0 : tl_ticks();
}

static void vote(struct tl_point *pt, uint32_t cost)
{
	if (!heaviest || pt == heaviest) {
		heaviest = pt;
		weight += cost;
	} else if (weight > cost) {
		weight -= cost;
	} else {
		heaviest = pt;
		weight = cost - weight;
	}
}

static void overload(struct tl_point *pt)
{
	pt->over = true;
	tl_budget_overloads++;
	tl_budget_last = pt->addr;
	tl_point_settle(pt);
	for (struct tl_probe *p = pt->probes; p; p = p->next)
		if (p->state & TL_PROBE_ENABLED)
			tl_probe_tell(p, p->front, pt->addr, TL_EVENT_OVERLOAD, 0);
}

/* Since the firmware polled last, or since that is too long ago for a counter of 32 bits. */
static uint32_t elapsed(uint32_t now)
{
	if ((now - tl_clock.since) >> 30) {
		tl_clock.since = now;
		tl_clock.taken = weight = 0;
	}
	return now - tl_clock.since;
}

void tl_budget_charge(struct tl_point *pt, uint32_t begin, unsigned times)
{
	uint32_t now = tl_budget_begin(), time = elapsed(now), least = tl_port.tick_hz / PARTS,
	         cost = now - begin;

	if (percent() == 100 || tl_ticks_opaque)
		return;
	if (least < TICKS)
		least = TICKS;
	cost = cost < least / PIECE >> times ? cost << times : least / PIECE;
	if (!tl_clock.taken)
		weight = 0;
	tl_clock.taken += cost;
	if (pt)
		vote(pt, cost);
	if (time <= least || tl_clock.taken <= tl_udiv(time, 100) * percent())
		return;
	tl_clock.taken = 0;
	if (heaviest && heaviest->state == TL_POINT_LIVE && !heaviest->over)
		overload(heaviest);
}

#endif
