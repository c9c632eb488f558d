/* SPDX-License-Identifier: MIT */
/*
 * The budget: the share of time that probes may take while the firmware does not poll. It is looked
 * after in the trap, so that it holds though nothing else runs any more (DESIGN.md, Overload).
 */
#ifndef TL_BUDGET_H
#define TL_BUDGET_H

#include "base/clock.h"
#include "probe/guard.h"
#include "probe/table.h"

/* Looks at the table of points (trap.h) from one that is measured to the next, its gate being
 * open. */
enum { TL_GATE_SHIFT = 6, TL_GATE = 1 << TL_GATE_SHIFT };

#if TL_BUDGET
/* When something begins that is to be charged. Interrupts locked out, as below. */
uint32_t tl_budget_begin(void);
/* What has taken from then until now, for a hit of `pt` (NULL: of an unknown one), and happened
 * 2^`times` times. A point may be disarmed. */
void tl_budget_charge(struct tl_point *pt, uint32_t begin, unsigned times);
/* How many points it has disarmed since the reset, and the last one's address (0: told). */
extern uint32_t tl_budget_overloads;
extern uintptr_t tl_budget_last;
#else
static inline uint32_t tl_budget_begin(void)
{
	return 0;
}
static inline void tl_budget_charge(struct tl_point *pt, uint32_t begin, unsigned times)
{
	(void)pt, (void)begin, (void)times;
}
#endif

#endif
