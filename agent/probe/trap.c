/* SPDX-License-Identifier: MIT */
/*
 * THE state machine: hit, step done, fault in a step, nested hit. One for all architectures.
 *
 * The step is stateless: the address that trapped says which point it was and where in its step.
 * Only C handlers need memory: a hit with handlers resumes into the dispatcher (arch.h), and a
 * struct tl_dispatch remembers what for until the dispatcher's closing trap. Handlers run there, in
 * the interrupted context, where further traps are harmless.
 *
 * A thin agent (TL_DECODE=0) has a slot for whatever it steps, and no C handlers: there nothing is
 * simulated, and nothing dispatched.
 *
 *   breakpoint ─ hit ─┬─ actions ─────────────────────────────────────► slot, or simulated
 *                     └─ handlers: dispatch BEFORE ─ pre ─┬─ simulate, post ───────────► on
 *                                                         └─ slot ─► breakpoint ─┐
 *                                  on ◄─ post ─ dispatch AFTER ◄─────────────────┘
 *   trampoline ─ dispatch RETURNED ─ return handlers ──────────────────────────────────► on
 *   fault in a slot ─ dispatch FAULTED ─ fault handlers ─┬─ claimed ───────────────────► on
 *                                                        └─ slot again: it is the firmware's
 */
#include "probe/trap.h"

#include "base/util.h"
#include "probe/budget.h"
#include "probe/jump.h"
#include "probe/returns.h"
#include "probe/stops.h"
#include "probe/watch.h"

TL_RAM(".bss");

/* ---- dispatches ---- */

static bool handlers_enclose(const struct tl_regs *regs)
{
	const struct tl_dispatch *d = tl_dispatch_enclosing(regs);

	return d && d->handlers;
}

static inline bool nested(const struct tl_regs *regs)
{
	return TL_DECODE && tl_table.running && handlers_enclose(regs);
}

/* Sends the interrupted context through the dispatcher; NULL if it cannot go there. */
static struct tl_dispatch *dispatch(struct tl_point *pt, struct tl_regs *regs, enum tl_phase phase,
                                    unsigned cause, bool handlers)
{
	struct tl_dispatch *d = TL_DECODE ? tl_dispatch_open(regs, phase) : 0;

	if (!d)
		return 0;
	d->saved = tl_arch_dispatch(regs, 0);
	if (!d->saved) {
		tl_dispatch_free(d);
		return 0;
	}
	d->point = pt;
#if TL_BUDGET
	d->begin = tl_budget_begin();
#endif
	d->cause = (uint8_t)cause;
	d->handlers = handlers;
	return d;
}

#if TL_GDB
bool tl_halted;
uintptr_t tl_halt_lock;
#endif

/* ---- handlers, in the interrupted context ---- */

static struct tl_probe *enabled_from(struct tl_probe *p)
{
	while (p && !(p->state & TL_PROBE_ENABLED))
		p = p->next;
	return p;
}

/* The enabled probe after `p`, which its handler or an interrupt may have taken out meanwhile;
 * `next` was the one after it. */
static struct tl_probe *next_enabled(const struct tl_point *pt, const struct tl_probe *p,
                                     const struct tl_probe *next)
{
	uintptr_t lock = tl_arch_lock();
	struct tl_probe *at = pt->probes;

	while (at && at != p && at != next)
		at = at->next;
	at = enabled_from(at == p ? p->next : at);
	tl_arch_unlock(lock);
	return at;
}

/* True: it has set the context. */
static bool run_one(struct tl_probe *p, struct tl_regs *regs, enum tl_need which, uintptr_t what)
{
	if (which == TL_NEED_PRE && p->state & TL_PROBE_RETURN)
		tl_return_enter(p, regs);
	return p->front->run && p->front->run(p, regs, which, what);
}

/* Until one sets the context: then true. */
static bool run_handlers(const struct tl_point *pt, struct tl_regs *regs, enum tl_need which,
                         uintptr_t what)
{
	struct tl_probe *p = enabled_from(pt->probes), *next;

	for (; p; p = next_enabled(pt, p, next)) {
		next = p->next;
		if (run_one(p, regs, which, what))
			return true;
	}
	return false;
}

#if TL_DECODE
void tl_simulate_here(struct tl_dispatch *d, struct tl_regs *regs)
{
	struct tl_sim_fault fault;

	for (;;) {
		tl_set_pc(regs, d->point->addr); /* a handler that changes it without saying so does
		                                    not count */
		if (!tl_arch_isa->simulate(&d->point->insn, regs, tl_arch_read, &fault))
			break;
		if (d->handlers && run_handlers(d->point, regs, TL_NEED_FAULT,
		                                fault.misaligned ? TL_CAUSE_USAGE : TL_CAUSE_BUS))
			return;
		tl_arch_raise(fault.addr, fault.bytes);
	}
	if (d->handlers)
		run_handlers(d->point, regs, TL_NEED_POST, 0);
}
#endif

__attribute__((always_inline)) static inline bool uses_slot(const struct tl_point *pt,
                                                            bool handlers)
{
	bool follows = pt->stepped || (handlers && pt->needs & (TL_NEED_POST | TL_NEED_FAULT));

	return !TL_DECODE || (pt->go && !(follows && (pt->insn.flags & TL_INSN_LEAVES ||
	                                              pt->insn.verdict == TL_SIMULATE)));
}

bool tl_uses_slot(const struct tl_point *pt, bool handlers)
{
	return uses_slot(pt, handlers);
}

bool tl_leave_slot(struct tl_point *pt, struct tl_regs *regs)
{
	bool first = pt->insn.verdict == TL_SIMULATE || tl_pc(regs) == (uintptr_t)tl_slot_of(pt);

	tl_step_enter(pt, false);
	tl_set_pc(regs, first ? pt->addr : pt->addr + pt->insn.len);
	return first;
}

#if TL_WATCHES
/* The PC is that of the access until they have run. */
static void run_after(struct tl_dispatch *d, struct tl_regs *regs)
{
	run_handlers(d->point, regs, TL_NEED_POST, d->next ? d->was : 0);
	if (d->next)
		tl_set_pc(regs, d->next);
}
#else
static void run_after(struct tl_dispatch *d, struct tl_regs *regs)
{
	run_handlers(d->point, regs, TL_NEED_POST, 0);
}
#endif

static void run_dispatch(struct tl_regs *regs)
{
	struct tl_dispatch *d = tl_dispatch_of(regs);

	switch (d ? d->phase : TL_PHASE_FREE) {
	case TL_PHASE_BEFORE:
		if (d->handlers && run_handlers(d->point, regs, TL_NEED_PRE, 0))
			break;
		if (d->point->stops && d->handlers)
			d->resume = TL_RESUME_HALT;
		else if (tl_uses_slot(d->point, d->handlers))
			d->resume = TL_RESUME_SLOT;
		else
			tl_simulate_here(d, regs);
		break;
	case TL_PHASE_AFTER:
		run_after(d, regs);
		break;
	case TL_PHASE_RETURNED:
		if (TL_RETURN)
			tl_return(regs, true);
		break;
#if TL_GDB
	case TL_PHASE_HALTED:
		tl_stops.run(d, regs);
		break;
#endif
	case TL_PHASE_FAULTED:
		d->resume = run_handlers(d->point, regs, TL_NEED_FAULT, d->cause) ? TL_RESUME_AS_IS
		                                                                  : TL_RESUME_AGAIN;
		break;
	}
}

/* ---- traps ---- */

/* Counts a hit for every enabled probe: what is there for the return does so then. */
static void count(struct tl_point *pt, struct tl_regs *regs, bool missed)
{
	for (struct tl_probe *p = pt->probes; p; p = p->next) {
		if (!(p->state & TL_PROBE_ENABLED))
			continue;
		if (p->front->hit)
			p->front->hit(p, missed ? 0 : regs);
		else
			p->hits++;
		if (missed)
			tl_miss(p);
	}
}

/* Hooks the return for the probes that are here for it, where no dispatcher does. */
static void enter_returns(struct tl_point *pt, struct tl_regs *regs)
{
	enum { HOOKS = TL_PROBE_ENABLED | TL_PROBE_RETURN };

	for (struct tl_probe *p = pt->probes; p; p = p->next)
		if ((p->state & HOOKS) == HOOKS && !(tl_probe_needs(p) & TL_NEED_PRE))
			tl_return_enter(p, regs);
}

/*
 * Handlers could not run before the instruction, or after it, though the hit was no nested one. A
 * probe misses a hit once: after it only those count that had nothing to run before.
 */
static void count_handlers_missed(const struct tl_point *pt, enum tl_phase phase)
{
	for (struct tl_probe *p = pt->probes; p; p = p->next) {
		unsigned needs = tl_probe_needs(p);
		bool pre = needs & TL_NEED_PRE, before = pre || !tl_uses_slot(pt, true);

		if (p->state & TL_PROBE_ENABLED && before == (phase == TL_PHASE_BEFORE) &&
		    needs & (TL_NEED_PRE | TL_NEED_POST))
			tl_miss(p);
	}
}

static int read_unchecked(uintptr_t addr, void *to, unsigned n)
{
	tl_copy(to, (const void *)addr, n);
	return 0;
}

enum { NEAR = 4096 + 16 }; /* bytes: as far as literals are from their instruction */

static uintptr_t near_to;

/* Text beside the instruction, which can be read in a trap: literals, and tables of branches unless
 * the index is wild. */
static int read_near(uintptr_t addr, void *to, unsigned n)
{
	return addr - near_to + NEAR < 2 * NEAR ? read_unchecked(addr, to, n) : -TL_EFAULT;
}

/* Is it a call to the supervisor, and taken where it stands? */
static bool calls(const struct tl_point *pt, struct tl_regs *regs)
{
	return TL_DECODE && pt->insn.flags & TL_INSN_CALLS && tl_arch_call(regs, &pt->insn);
}

/* A step that needs no handlers: by the slot, or by simulation here; what reads data goes through
 * the dispatcher for it. */
static void step(struct tl_point *pt, struct tl_regs *regs)
{
	struct tl_sim_fault fault;

	if (calls(pt, regs))
		return;
	if (uses_slot(pt, false)) {
		tl_set_pc(regs, pt->go);
		return;
	}
	near_to = pt->addr;
	if (pt->insn.flags & TL_INSN_LOADS ||
	    tl_arch_isa->simulate(&pt->insn, regs, read_near, &fault)) {
		if (dispatch(pt, regs, TL_PHASE_BEFORE, 0, false))
			return;
		tl_arch_isa->simulate(&pt->insn, regs, read_unchecked, &fault);
	}
	tl_stepped(pt, regs);
}

/* Where a dispatcher's context goes next: by what it decided for `pt`. */
static void go_on(struct tl_point *pt, struct tl_regs *regs, enum tl_resume how)
{
	switch (how) {
	case TL_RESUME_SLOT:
		if (calls(pt, regs))
			break;
		tl_step_enter(pt, true);
		tl_set_pc(regs, pt->go);
		break;
	case TL_RESUME_HALT:
		tl_set_pc(regs, pt->addr);
		if (!tl_stop(pt, regs))
			step(pt, regs);
		break;
	default:
		tl_stepped(pt, regs);
	}
}

/* The dispatcher's closing trap: back to the registers as the handlers left them, and on with the
 * step. */
static void resume(struct tl_regs *regs, struct tl_regs *saved)
{
	struct tl_dispatch *d = tl_dispatch_of(saved), done;

	tl_arch_restore(regs, saved);
	if (!d)
		return;
	if (d->resume == TL_RESUME_AGAIN) {
		d->phase = TL_PHASE_PASS_ON;
		tl_set_pc(regs, d->point->go);
		d->sp = tl_arch_context(regs).sp;
		return;
	}
	done = *d;
	tl_dispatch_free(d);
#if TL_BUDGET
	if (done.phase != TL_PHASE_HALTED) /* who was halted would be charged for it */
		tl_budget_charge(done.point, done.begin, 0);
#endif
	if (TL_GDB && done.phase == TL_PHASE_HALTED)
		tl_stops.leave();
	go_on(done.point, regs, (enum tl_resume)done.resume);
}

static void hit(struct tl_point *pt, struct tl_regs *regs)
{
	bool missed;

	if (pt->insn.flags & TL_INSN_PREDICATED && tl_arch_isa->skip(&pt->insn, regs))
		return;
	if (tl_point_quiet(pt)) {
		step(pt, regs);
		return;
	}
	missed = nested(regs);
	count(pt, regs, missed);
	if (TL_DECODE && !missed &&
	    (pt->needs & TL_NEED_PRE || (pt->needs && !tl_uses_slot(pt, true)))) {
		if (dispatch(pt, regs, TL_PHASE_BEFORE, 0, true))
			return;
		count_handlers_missed(pt, TL_PHASE_BEFORE);
	}
	if (TL_RETURN && pt->returns && !missed)
		enter_returns(pt, regs);
	if (!pt->stops || !tl_stop(pt, regs))
		step(pt, regs);
}

#if TL_WATCHES
bool tl_watch_hit(struct tl_point *pt, struct tl_regs *regs)
{
	bool missed = nested(regs);

	count(pt, regs, missed);
	return !missed && pt->needs & TL_NEED_POST;
}

bool tl_watch_handlers(struct tl_point *pt, struct tl_regs *regs, uintptr_t was, uintptr_t next)
{
	struct tl_dispatch *d = next ? dispatch(pt, regs, TL_PHASE_AFTER, 0, true) : 0;

	if (d) {
		d->was = was;
		d->next = next;
	} else {
		count_handlers_missed(pt, TL_PHASE_AFTER);
	}
	return d;
}
#endif

static void step_done(struct tl_point *pt, struct tl_regs *regs)
{
	if (tl_is_watch(pt)) {
		tl_watch_stepped(regs);
		return;
	}
	if (TL_DECODE)
		tl_dispatch_take_pass_on(pt, regs);
	tl_step_enter(pt, false);
	tl_set_pc(regs, pt->addr + pt->insn.len);
	if (TL_DECODE && pt->needs & TL_NEED_POST && !tl_point_quiet(pt) && !nested(regs)) {
		if (dispatch(pt, regs, TL_PHASE_AFTER, 0, true))
			return;
		count_handlers_missed(pt, TL_PHASE_AFTER);
	}
	tl_stepped(pt, regs);
}

/* The trampoline, where the function returned to unprivileged code and so could not do it without a
 * trap. */
static void returned_in_trap(struct tl_regs *regs)
{
	if (!tl_return_calls(regs) || !dispatch(0, regs, TL_PHASE_RETURNED, 0, true))
		tl_return(regs, false);
}

/* The trampoline, in the context of the function that has returned. */
static bool returned(struct tl_regs *regs)
{
	uintptr_t lock = tl_arch_lock();
	struct tl_dispatch *d =
	        tl_return_calls(regs) ? tl_dispatch_open(regs, TL_PHASE_RETURNED) : 0;
	bool ours;

	tl_arch_unlock(lock);
	ours = tl_return(regs, d);
	if (d) {
		lock = tl_arch_lock();
		tl_dispatch_free(d);
		tl_arch_unlock(lock);
	}
	return ours;
}

/* In a pad: code that could not lock interrupts out there has its registers as they were, and goes
 * on as at a breakpoint. */
static bool on_pad(struct tl_regs *regs)
{
	unsigned at;
	struct tl_point *pt = tl_fast_point(tl_pc(regs), &at);

	if (!pt || at != TL_PAD_TRAP)
		return false;
	tl_set_pc(regs, pt->addr);
	if (pt->armed == TL_ARMED_JUMP)
		hit(pt, regs);
	return true;
}

/* A pad that could not be entered: the fault is that of the instruction that stands at its
   point. */
static void leave_pad(struct tl_regs *regs)
{
	unsigned at;
	struct tl_point *pt = tl_fast_point(tl_pc(regs), &at);

	if (pt && !at)
		tl_set_pc(regs, pt->addr);
}

/* A fault of code that is stepped: to its fault handlers, or with the PC put back to the firmware.
 * True: it is settled. */
static bool on_fault_in_step(struct tl_regs *regs, unsigned cause)
{
	struct tl_point *pt = tl_point_inside(tl_pc(regs));
	struct tl_dispatch *d;

	if (pt && tl_is_watch(pt)) {
		if (tl_watch_faulted(regs)) /* to where it stood, be it another slot */
			return true;
		pt = tl_point_inside(tl_pc(regs));
	}
	if (pt) {
		bool first = tl_leave_slot(pt, regs);

		if (!TL_DECODE || tl_dispatch_take_pass_on(pt, regs) || !first ||
		    !(pt->needs & TL_NEED_FAULT) || tl_point_quiet(pt) || nested(regs))
			return false;
		return dispatch(pt, regs, TL_PHASE_FAULTED, cause, true);
	}
	leave_pad(regs);
	d = TL_DECODE && tl_arch_raised(regs) ? tl_dispatch_enclosing(regs) : 0;
	if (d) {
		tl_arch_restore(regs, d->saved);
		tl_set_pc(regs, d->point->addr);
		tl_dispatch_free(d);
	}
	return false;
}

/* The firmware's handler looks at the instruction that faulted, to skip it or to do what it should
 * have done. */
static void bare_text(const struct tl_regs *regs)
{
	enum { CALL = TL_INSN_LEAVES | TL_INSN_NO_TRAP }; /* to the supervisor: no fault */
	struct tl_point *pt = tl_point_at(tl_pc(regs));

	if (pt && pt->armed && (pt->insn.flags & CALL) != CALL)
		tl_bare(pt);
}

/* With interrupts locked out: fault vectors may have a lower priority than interrupts that hit
 * probes. */
static bool on_fault(struct tl_regs *regs, unsigned cause)
{
	if (on_fault_in_step(regs, cause) || tl_stop_on_fault(regs, cause))
		return true;
	bare_text(regs);
	return false;
}

/* No breakpoint of the agent's, as far as points tell. */
static bool on_other(struct tl_regs *regs)
{
	return tl_watch_trap(regs) || tl_stop_otherwise(regs);
}

/* A breakpoint; or, if not `sure`, perhaps a fault. */
static bool on_break(struct tl_regs *regs, bool sure)
{
	uintptr_t pc = tl_pc(regs);
	struct tl_point *pt = tl_point_find(pc);
	struct tl_regs *saved;

	if (pt && tl_point_traps(pt)) {
		hit(pt, regs);
		return true;
	}
	/* None is there: it has just gone, or that is watched which the instruction accesses. What
	   stands there now runs. A trap that only the PC tells from a breakpoint is neither. */
	if (pt && sure && !tl_arch_at_breakpoint(regs)) {
		on_other(regs);
		return true;
	}
	pt = tl_point_of_slot(pc);
	if (pt && tl_arch_at_breakpoint(regs)) {
		step_done(pt, regs);
		return true;
	}
	saved = TL_DECODE ? tl_arch_dispatched(regs) : 0;
	if (saved) {
		resume(regs, saved);
		return true;
	}
	if (TL_RETURN && tl_arch_returned(regs)) {
		returned_in_trap(regs);
		return true;
	}
	if (on_pad(regs) || on_other(regs))
		return true;
	if (TL_COMPARATORS && sure && tl_arch_left_over(regs))
		return true;
	return on_fault(regs, TL_CAUSE_FAULT);
}

static bool on_trap(struct tl_regs *regs, unsigned cause)
{
	bool ours;

	if (cause == TL_CAUSE_BREAK) {
		ours = on_break(regs, true);
	} else {
		uintptr_t lock = tl_arch_lock();
		bool halted = tl_is_halted();

		ours = cause == TL_CAUSE_FAULT ? on_break(regs, false) : on_fault(regs, cause);
		if (tl_is_halted() == halted)
			tl_arch_unlock(lock);
		else if (TL_GDB && !halted)
			tl_halt_lock = lock; /* until it goes on; then it has been unlocked */
	}
	if (!ours && tl_arch_untrappable())
		tl_hold(TL_HOLD_FAULT);
	return ours;
}

bool tl_trap(struct tl_regs *regs, unsigned cause)
{
	uintptr_t pc;
	uint32_t begin;
	bool ours;

	if (TL_DECODE && cause == TL_CAUSE_DISPATCH) {
		run_dispatch(regs);
		return true;
	}
	if (TL_RETURN && cause == TL_CAUSE_RETURN)
		return returned(regs);
	if (!tl_gate_shut())
		return on_trap(regs, cause);
	pc = tl_pc(regs);
	begin = tl_budget_begin();
	ours = on_trap(regs, cause);
	tl_gate_open(pc, begin);
	return ours;
}
