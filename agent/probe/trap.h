/* SPDX-License-Identifier: MIT */
/*
 * The state machine, for those who stop contexts in it (stops.h).
 */
#ifndef TL_TRAP_H
#define TL_TRAP_H

#include "probe/dispatch.h"
#include "probe/regs.h"

/* Runs the dispatched instruction here, by simulation; memory may fault. In the dispatcher. */
void tl_simulate_here(struct tl_dispatch *d, struct tl_regs *regs);
/* May the instruction run in its slot, with what must follow it? A slot that is left for good
 * cannot be followed. */
bool tl_uses_slot(const struct tl_point *pt, bool handlers);
/*
 * A fault at the slot's first instruction is that of the displaced one. One behind it comes late
 * (an imprecise bus error, a call to the supervisor that could not be taken): the step is done.
 * True: the former. A rewritten instruction may begin again, wherever in its slot that was.
 */
bool tl_leave_slot(struct tl_point *pt, struct tl_regs *regs);
/*
 * Did the first look find that this trap is to be measured (look.c), and leave it to the usual way?
 * Then behind that, with the PC that it came from, and when it began.
 */
#if TL_BUDGET
static inline bool tl_gate_shut(void)
{
	return !tl_table.gate;
}
void tl_gate_open(uintptr_t pc, uint32_t begin);
#else
static inline bool tl_gate_shut(void)
{
	return false;
}
static inline void tl_gate_open(uintptr_t pc, uint32_t begin)
{
	(void)pc, (void)begin;
}
#endif
/* What the probe is there for did not happen. */
static inline void tl_miss(struct tl_probe *p)
{
	p->front->missed(p, 1);
}

#endif
