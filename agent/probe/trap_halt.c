/* SPDX-License-Identifier: MIT */
/*
 * Traps that become halts: see trap.h. The context leaves its trap for tl_halt() as it leaves for
 * the dispatcher.
 */
#include "probe/trap.h"

#if TL_GDB

static void count_halts_missed(const struct tl_point *pt)
{
	for (struct tl_kprobe *kp = pt->probes; kp; kp = kp->next)
		if (kp->state & TL_KP_ENABLED && kp->state & (TL_KP_HALT | TL_KP_TRACE))
			tl_miss(kp);
}

bool tl_trap_halt(struct tl_point *pt, struct tl_regs *regs, enum tl_signal signal)
{
	struct tl_dispatch *d;

	if (!signal || !tl_halt_claim(regs, pt, signal))
		return false;
	d = tl_dispatch_open(regs, TL_PHASE_HALTED);
	if (!d) {
		tl_halt_leave();
		if (pt)
			count_halts_missed(pt);
		return false;
	}
	tl_gdb.lock = tl_arch_lock(); /* holds for the context, too */
	d->point = pt;
	d->saved = tl_arch_dispatch(regs, tl_halt_stack + sizeof tl_halt_stack);
	return true;
}

void tl_run_halted(struct tl_dispatch *d, struct tl_regs *regs)
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

void tl_stepped(const struct tl_point *pt, struct tl_regs *regs)
{
	if (tl_gdb.point != pt || !tl_halt_steps(pt, regs))
		return;
	tl_gdb.step_ended = true;
	tl_gdb.step_ended = tl_trap_halt(0, regs, TL_SIGNAL_TRAP);
}

bool tl_trap_halt_on_fault(struct tl_regs *regs, unsigned cause)
{
	return tl_trap_halt(0, regs, tl_halt_on_fault(regs, cause));
}

bool tl_trap_broke_in(struct tl_regs *regs)
{
	if (!tl_arch_broke_in(regs))
		return false;
	tl_arch_return_to(regs, tl_core_of(regs)[TL_REG_LR]);
	tl_trap_halt(0, regs, tl_gdb.stop_due ? (enum tl_signal)tl_gdb.stop_due : TL_SIGNAL_TRAP);
	return true;
}

bool tl_trap_on_watch(struct tl_regs *regs)
{
	struct tl_point *pt = tl_point_of_slot(tl_pc(regs));

	if (!tl_halt_on_watch(regs))
		return false;
	if (pt)
		tl_leave_slot(pt, regs);
	if (!tl_trap_halt(pt, regs, TL_SIGNAL_TRAP))
		tl_halt_miss_watch();
	return true;
}

void tl_trap_leave_halt(void)
{
	tl_halt_leave();
	tl_arch_unlock(tl_gdb.lock);
}

#endif
