/* SPDX-License-Identifier: MIT */
/*
 * Traps that become halts: the exits of the probes' state machine (stops.h). The context leaves its
 * trap for tl_halt() as it leaves for the dispatcher.
 */
#include "probe/stops.h"

#include "gdb/halt.h"
#include "probe/regs.h"
#include "probe/trap.h"

#if TL_GDB

static void count_missed(const struct tl_point *pt)
{
	for (struct tl_probe *p = pt->probes; p; p = p->next)
		if (p->state & TL_PROBE_ENABLED && p->front->stops)
			tl_miss(p);
}

static bool stop(struct tl_point *pt, struct tl_regs *regs, enum tl_signal signal)
{
	struct tl_dispatch *d;

	if (!signal || !tl_halt_claim(regs, pt, signal))
		return false;
	d = tl_dispatch_open(regs, TL_PHASE_HALTED);
	if (!d) {
		tl_halt_leave();
		if (pt)
			count_missed(pt);
		return false;
	}
	tl_halt_lock = tl_arch_lock(); /* holds for the context, too */
	d->point = pt;
	d->saved = tl_arch_dispatch(regs, tl_halt_stack + sizeof tl_halt_stack);
	return true;
}

static void run(struct tl_dispatch *d, struct tl_regs *regs)
{
	for (;;) {
		d->point = tl_halt(regs, d->point);
		if (!d->point)
			return;
		if (tl_uses_slot(d->point, true)) {
			d->resume = TL_RESUME_SLOT;
			return;
		}
		tl_simulate_here(d, regs);
		if (!tl_halt_steps(d->point, regs) || tl_halt_leaves(regs))
			return;
		tl_gdb.step_ended = true;
		d->point = 0;
	}
}

static void stepped(const struct tl_point *pt, struct tl_regs *regs)
{
	if (tl_gdb.point != pt || !tl_halt_steps(pt, regs))
		return;
	tl_gdb.step_ended = true;
	tl_gdb.step_ended = stop(0, regs, TL_SIGNAL_TRAP);
}

static bool fault(struct tl_regs *regs, unsigned cause)
{
	return stop(0, regs, tl_halt_on_fault(regs, cause));
}

static bool broke_in(struct tl_regs *regs)
{
	if (!tl_arch_broke_in(regs))
		return false;
	tl_arch_return_to(regs, tl_core_of(regs)[TL_REG_LR]);
	stop(0, regs, tl_gdb.stop_due ? (enum tl_signal)tl_gdb.stop_due : TL_SIGNAL_TRAP);
	return true;
}

static bool watched(struct tl_regs *regs)
{
	struct tl_point *pt = tl_point_inside(tl_pc(regs));

	if (!tl_halt_on_watch(regs))
		return false;
	if (pt)
		tl_leave_slot(pt, regs);
	if (!stop(pt, regs, TL_SIGNAL_TRAP))
		tl_halt_miss_watch();
	return true;
}

static void leave(void)
{
	tl_halt_leave();
	tl_arch_unlock(tl_halt_lock);
}

static void *claim(const struct tl_point *pt)
{
	return tl_halt_claim(0, pt, TL_SIGNAL_TRAP) ? tl_halt_stack + sizeof tl_halt_stack : 0;
}

static void collect(struct tl_point *pt, struct tl_regs *regs)
{
	tl_halt_collect(pt, regs);
	tl_halt_leave();
}

const struct tl_stops tl_stops = {.stop = stop,
                                  .fault = fault,
                                  .broke_in = broke_in,
                                  .watched = watched,
                                  .stepped = stepped,
                                  .run = run,
                                  .leave = leave,
                                  .claim = claim,
                                  .collect = collect};

#endif
