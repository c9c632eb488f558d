/* SPDX-License-Identifier: MIT */
/*
 * While-stepping: what tracepoints collect at the steps that follow a hit. halt.c makes the steps,
 * as it makes GDB's; between them interrupts come as ever, and what is probed on the way fires. One
 * context is stepped at a time, for all the tracepoints that it has hit: a hit elsewhere meanwhile
 * collects its own frame, and its steps are missed.
 *
 * In tl_halt(), if nothing else is said.
 */
#include "probe/trap.h"
#include "trace/trace.h"

TL_RAM(".bss");

#if TL_TRACE

static uintptr_t key;      /* of the context that is stepped */
static unsigned under_way; /* tracepoints with steps left */

static bool here(const struct tl_regs *regs)
{
	return tl_arch_context(regs).key == key;
}

bool tl_trace_steps(const struct tl_regs *regs)
{
	return tl_trace.running && under_way && here(regs);
}

void tl_trace_steps_end(void)
{
	under_way = 0;
	for (struct tl_tracepoint *tp = tl_tracepoints; tp < tl_tracepoints + TL_TRACEPOINTS; tp++)
		tp->left = 0;
}

void tl_trace_steps_begin(struct tl_tracepoint *tp, const struct tl_regs *regs, bool elsewhere)
{
	if (!tp->steps)
		return;
	if (elsewhere || (under_way && !here(regs))) {
		tl_miss(&tp->probe);
		return;
	}
	key = tl_arch_context(regs).key;
	under_way += !tp->left; /* hit again on the way, it begins anew */
	tp->left = tp->steps;
}

void tl_trace_step(const struct tl_regs *regs)
{
	for (struct tl_tracepoint *tp = tl_tracepoints;
	     tp < tl_tracepoints + TL_TRACEPOINTS && tl_trace.running; tp++)
		if (tp->left) {
			under_way -= !--tp->left;
			tl_trace_settle(tp, tl_trace_collect(tp, regs, TL_NOTE_STEPPING));
		}
}

#endif
