/* SPDX-License-Identifier: MIT */
/*
 * THE state machine: hit, step done, fault in a step, nested hit. One for all architectures.
 *
 * The step is stateless: the address that trapped says which point it was and where in its step. Only C handlers need memory: a
 * hit with handlers resumes into the dispatcher (arch.h), and a struct dispatch remembers what for until the
 * dispatcher's closing trap. Handlers run there, in the interrupted context, where further traps are harmless.
 *
 *   breakpoint ─ hit ─┬─ actions ──────────────────────────────────► slot, or simulated
 *                     └─ handlers: dispatch BEFORE ─ pre ─┬─ slot ─► breakpoint ─ dispatch AFTER ─ post ─► on
 *                                                         └─ simulate, post ──────────────────────────► on
 *   trampoline ─ dispatch RETURNED ─ return handlers ────────────────────────────────────────────────► on
 *   fault in a slot ─ dispatch FAULTED ─ fault handlers ─┬─ claimed ──────────────────────────────────► on
 *                                                        └─ slot again, this time the fault is the firmware's
 */
#include "internal.h"

enum phase {
	FREE,
	BEFORE,   /* pre handlers; what cannot run in a slot; post handlers then */
	AFTER,    /* post handlers */
	FAULTED,  /* fault handlers */
	RETURNED, /* return handlers; `point` is NULL */
	PASS_ON,  /* nothing runs: the point's slot faulted and no handler claimed it, so its next fault is the firmware's */
};

enum resume {
	AS_IS, /* at the registers as they are */
	SLOT,  /* into the point's slot */
	AGAIN, /* into the slot once more, PASS_ON */
};

struct dispatch {
	struct tl_regs *saved;
	struct tl_point *point;
	uintptr_t sp; /* of the interrupted context */
	uintptr_t key;
	uint8_t phase, resume, cause;
	bool shared;
	bool handlers; /* false: nested, handlers stay out */
};

static struct dispatch dispatches[TL_DISPATCHES];

_Static_assert(TL_DISPATCHES >= 1 && TL_DISPATCHES <= 64, "TL_DISPATCHES");

static inline uintptr_t get_pc(const struct tl_regs *regs)
{
	return tl_core_of(regs)[TL_REG_PC];
}

static inline void set_pc(struct tl_regs *regs, uintptr_t pc)
{
	tl_core(regs)[TL_REG_PC] = pc;
}

/* ---- dispatches ---- */

static void free_dispatch(struct dispatch *d)
{
	if (d->phase != FREE)
		tl_table.running--;
	d->phase = FREE;
}

/*
 * Does `d` run in the context that has stack pointer `sp`, below it? With several stacks under one key (tasks), only nearby
 * counts. A dispatch whose stack has been given up (longjmp, a deleted task) is found dead here and freed.
 */
static bool is_below(struct dispatch *d, const struct tl_context *c)
{
	if (d->phase == FREE || d->phase == PASS_ON || d->key != c->key)
		return false;
	if (c->sp >= d->sp) {
		if (!c->shared || c->sp == d->sp)
			free_dispatch(d);
		return false;
	}
	return !c->shared || d->sp - c->sp <= TL_HANDLER_STACK;
}

/* The innermost dispatch that the context of `regs` was caused by, or NULL. */
static struct dispatch *enclosing(const struct tl_regs *regs)
{
	struct tl_context c = tl_arch_context(regs);
	struct dispatch *inner = 0;

	for (struct dispatch *d = dispatches; d < dispatches + TL_DISPATCHES; d++)
		if (is_below(d, &c) && (!inner || d->sp < inner->sp))
			inner = d;
	return inner;
}

static bool nested(const struct tl_regs *regs)
{
	struct dispatch *d = tl_table.running ? enclosing(regs) : 0;

	return d && d->handlers;
}

/* Memory for what is about to run in the context of `regs`, or NULL. */
static struct dispatch *open_dispatch(const struct tl_regs *regs, enum phase phase)
{
	struct tl_context c = tl_arch_context(regs);
	struct dispatch *d = dispatches;

	while (d < dispatches + TL_DISPATCHES && d->phase != FREE)
		d++;
	if (d == dispatches + TL_DISPATCHES)
		return 0;
	d->saved = 0;
	d->point = 0;
	d->key = c.key;
	d->sp = c.sp;
	d->shared = c.shared;
	d->phase = (uint8_t)phase;
	d->resume = AS_IS;
	d->handlers = true;
	tl_table.running++;
	return d;
}

/* Sends the interrupted context through the dispatcher; false if it cannot go there. */
static bool dispatch(struct tl_point *pt, struct tl_regs *regs, enum phase phase, unsigned cause, bool handlers)
{
	struct dispatch *d = open_dispatch(regs, phase);

	if (!d)
		return false;
	d->saved = tl_arch_dispatch(regs);
	if (!d->saved) {
		free_dispatch(d);
		return false;
	}
	d->point = pt;
	d->cause = (uint8_t)cause;
	d->handlers = handlers;
	return true;
}

/* ---- handlers, in the interrupted context ---- */

static struct tl_kprobe *enabled_from(struct tl_kprobe *kp)
{
	while (kp && !(kp->state & TL_KP_ENABLED))
		kp = kp->next;
	return kp;
}

/* The enabled probe after `kp`, which its handler or an interrupt may have taken out meanwhile; `next` was the one after it. */
static struct tl_kprobe *next_enabled(const struct tl_point *pt, const struct tl_kprobe *kp, const struct tl_kprobe *next)
{
	uintptr_t lock = tl_arch_lock();
	struct tl_kprobe *at = pt->probes;

	while (at && at != kp && at != next)
		at = at->next;
	at = enabled_from(at == kp ? kp->next : at);
	tl_arch_unlock(lock);
	return at;
}

/* True: the handler set the context. */
static bool run_handler(struct tl_kprobe *kp, struct tl_regs *regs, enum tl_need which, unsigned cause)
{
	switch (which) {
	case TL_NEED_PRE:
		if (kp->state & TL_KP_RETURN)
			tl_return_enter(kp, regs);
		return kp->pre_handler && kp->pre_handler(kp, regs);
	case TL_NEED_POST:
		if (kp->post_handler)
			kp->post_handler(kp, regs);
		return false;
	default:
		return kp->fault_handler && kp->fault_handler(kp, regs, cause);
	}
}

/* Until one sets the context: then true. */
static bool run_handlers(const struct tl_point *pt, struct tl_regs *regs, enum tl_need which, unsigned cause)
{
	struct tl_kprobe *kp = enabled_from(pt->probes), *next;

	for (; kp; kp = next_enabled(pt, kp, next)) {
		next = kp->next;
		if (run_handler(kp, regs, which, cause))
			return true;
	}
	return false;
}

/* Runs the instruction here, by simulation; memory may fault. */
static void simulate_here(struct dispatch *d, struct tl_regs *regs)
{
	struct tl_sim_fault fault;

	for (;;) {
		set_pc(regs, d->point->addr); /* a handler that changes it without saying so does not count */
		if (!tl_arch_isa->simulate(&d->point->insn, regs, tl_arch_read, &fault))
			break;
		if (d->handlers && run_handlers(d->point, regs, TL_NEED_FAULT, fault.misaligned ? TL_CAUSE_USAGE : TL_CAUSE_BUS))
			return;
		tl_arch_raise(fault.addr, fault.bytes);
	}
	if (d->handlers)
		run_handlers(d->point, regs, TL_NEED_POST, 0);
}

/* May the instruction run in its slot, with what must follow it? A slot that is left for good cannot be followed. */
static bool uses_slot(const struct tl_point *pt, bool handlers)
{
	if (!pt->go)
		return false;
	return !(pt->insn.flags & TL_INSN_LEAVES) || !handlers || !(pt->needs & (TL_NEED_POST | TL_NEED_FAULT));
}

static void run_dispatch(struct tl_regs *regs)
{
	struct dispatch *d = dispatches;

	while (d < dispatches + TL_DISPATCHES && (d->saved != regs || d->phase == FREE || d->phase == PASS_ON))
		d++;
	if (d == dispatches + TL_DISPATCHES)
		return;
	switch (d->phase) {
	case BEFORE:
		if (d->handlers && run_handlers(d->point, regs, TL_NEED_PRE, 0))
			break;
		if (uses_slot(d->point, d->handlers))
			d->resume = SLOT;
		else
			simulate_here(d, regs);
		break;
	case AFTER:
		run_handlers(d->point, regs, TL_NEED_POST, 0);
		break;
	case RETURNED:
		tl_return(regs, true);
		break;
	case FAULTED:
		d->resume = run_handlers(d->point, regs, TL_NEED_FAULT, d->cause) ? AS_IS : AGAIN;
		break;
	}
}

/* The dispatcher's closing trap: back to the registers as the handlers left them, and on with the step. */
static void resume(struct tl_regs *regs, struct tl_regs *saved)
{
	tl_arch_restore(regs, saved);
	for (struct dispatch *d = dispatches; d < dispatches + TL_DISPATCHES; d++) {
		if (d->saved != saved || d->phase == FREE || d->phase == PASS_ON)
			continue;
		if (d->resume != AS_IS)
			set_pc(regs, d->point->go);
		if (d->resume == AGAIN) {
			d->phase = PASS_ON;
			d->sp = tl_arch_context(regs).sp;
		} else {
			free_dispatch(d);
		}
		return;
	}
}

/*
 * At base level no slot is being run again: a context that was to was given up.
 */
void tl_trap_settle(void)
{
	uintptr_t lock;

	if (!tl_table.running || !tl_arch_base_level())
		return;
	lock = tl_arch_lock();
	for (struct dispatch *d = dispatches; d < dispatches + TL_DISPATCHES; d++)
		if (d->phase == PASS_ON)
			free_dispatch(d);
	tl_arch_unlock(lock);
}

/* ---- traps ---- */

void tl_miss(struct tl_kprobe *kp)
{
	if (kp->state & TL_KP_REMOTE)
		((struct tl_remote *)kp)->missed++;
	else if (kp->state & TL_KP_RETURN)
		((struct tl_kretprobe *)kp)->nmissed++;
	else
		kp->nmissed++;
}

/* Counts a hit for every enabled probe. That of a host's return probe is the return. */
static void count(struct tl_point *pt, struct tl_regs *regs, bool missed)
{
	for (struct tl_kprobe *kp = pt->probes; kp; kp = kp->next) {
		enum tl_kprobe_state remote = kp->state & (TL_KP_REMOTE | TL_KP_RETURN);

		if (!(kp->state & TL_KP_ENABLED))
			continue;
		if (!missed && remote == TL_KP_REMOTE)
			tl_action((struct tl_remote *)kp, regs, 0);
		else if (missed || !(remote & TL_KP_REMOTE))
			kp->hits++;
		if (missed)
			tl_miss(kp);
	}
}

/* Hooks the return for the probes that are here for it, where no dispatcher does. */
static void enter_returns(struct tl_point *pt, struct tl_regs *regs)
{
	for (struct tl_kprobe *kp = pt->probes; kp; kp = kp->next)
		if ((kp->state & (TL_KP_ENABLED | TL_KP_RETURN)) == (TL_KP_ENABLED | TL_KP_RETURN) && !tl_calls_on_entry(kp))
			tl_return_enter(kp, regs);
}

/*
 * Handlers could not run before the instruction, or after it, though the hit was no nested one. A probe misses a hit once:
 * after it only those count that had nothing to run before.
 */
static void count_handlers_missed(const struct tl_point *pt, enum phase phase)
{
	for (struct tl_kprobe *kp = pt->probes; kp; kp = kp->next) {
		bool pre = kp->pre_handler || tl_calls_on_entry(kp), before = pre || !uses_slot(pt, true);

		if (kp->state & TL_KP_ENABLED && before == (phase == BEFORE) && (pre || kp->post_handler))
			tl_miss(kp);
	}
}

static int read_unchecked(uintptr_t addr, void *to, unsigned n)
{
	tl_copy(to, (const void *)addr, n);
	return 0;
}

enum { NEAR = 4096 + 16 }; /* bytes: as far as literals are from their instruction */

static uintptr_t near_to;

/* Text beside the instruction, which can be read in a trap: literals, and tables of branches unless the index is wild. */
static int read_near(uintptr_t addr, void *to, unsigned n)
{
	return addr - near_to + NEAR < 2 * NEAR ? read_unchecked(addr, to, n) : -TL_EFAULT;
}

/* A step that needs no handlers: by the slot, or by simulation here; what reads data goes through the dispatcher for it. */
static void step(struct tl_point *pt, struct tl_regs *regs)
{
	struct tl_sim_fault fault;

	near_to = pt->addr;
	if (pt->go)
		set_pc(regs, pt->go);
	else if ((pt->insn.flags & TL_INSN_LOADS || tl_arch_isa->simulate(&pt->insn, regs, read_near, &fault)) &&
	         !dispatch(pt, regs, BEFORE, 0, false))
		tl_arch_isa->simulate(&pt->insn, regs, read_unchecked, &fault);
}

static void hit(struct tl_point *pt, struct tl_regs *regs)
{
	bool missed;

	if (!pt->armed)
		return; /* the breakpoint has just gone: run what stands there now */
	if (pt->insn.flags & TL_INSN_PREDICATED && tl_arch_isa->skip(&pt->insn, regs))
		return;
	missed = nested(regs);
	count(pt, regs, missed);
	if (!missed && (pt->needs & TL_NEED_PRE || (pt->needs && !uses_slot(pt, true)))) {
		if (dispatch(pt, regs, BEFORE, 0, true))
			return;
		count_handlers_missed(pt, BEFORE);
	}
	if (pt->returns && !missed)
		enter_returns(pt, regs);
	step(pt, regs);
}

/* Forgets that the context's fault was to be passed on: the instruction went through, or the fault was. */
static bool take_pass_on(const struct tl_point *pt, const struct tl_regs *regs)
{
	struct tl_context c = tl_arch_context(regs);

	if (!tl_table.running)
		return false;
	for (struct dispatch *d = dispatches; d < dispatches + TL_DISPATCHES; d++)
		if (d->phase == PASS_ON && d->point == pt && d->sp == c.sp) {
			free_dispatch(d);
			return true;
		}
	return false;
}

static void step_done(struct tl_point *pt, struct tl_regs *regs)
{
	take_pass_on(pt, regs);
	set_pc(regs, pt->addr + pt->insn.len);
	if (pt->needs & TL_NEED_POST && !nested(regs) && !dispatch(pt, regs, AFTER, 0, true))
		count_handlers_missed(pt, AFTER);
}

/*
 * A fault at the slot's first instruction is that of the displaced one. One behind it comes late (an imprecise bus error, a call
 * to the supervisor that could not be taken): the step is done. True: the former.
 */
static bool leave_slot(struct tl_point *pt, struct tl_regs *regs)
{
	bool first = get_pc(regs) == (uintptr_t)tl_slots[pt - tl_table.points];

	set_pc(regs, first ? pt->addr : pt->addr + pt->insn.len);
	return first;
}

/* The trampoline, where the function returned to unprivileged code and so could not do it without a trap. */
static void returned_in_trap(struct tl_regs *regs)
{
	if (!tl_return_calls(regs) || !dispatch(0, regs, RETURNED, 0, true))
		tl_return(regs, false);
}

/* The trampoline, in the context of the function that has returned. */
static bool returned(struct tl_regs *regs)
{
	uintptr_t lock = tl_arch_lock();
	struct dispatch *d = tl_return_calls(regs) ? open_dispatch(regs, RETURNED) : 0;
	bool ours;

	tl_arch_unlock(lock);
	ours = tl_return(regs, d);
	if (d) {
		lock = tl_arch_lock();
		free_dispatch(d);
		tl_arch_unlock(lock);
	}
	return ours;
}

/* With interrupts locked out: fault vectors may have a lower priority than interrupts that hit probes. */
static bool on_fault(struct tl_regs *regs, unsigned cause)
{
	struct tl_point *pt = tl_point_of_slot(get_pc(regs));
	struct dispatch *d;

	if (pt) {
		bool first = leave_slot(pt, regs);

		if (take_pass_on(pt, regs) || !first || !(pt->needs & TL_NEED_FAULT) || nested(regs))
			return false;
		return dispatch(pt, regs, FAULTED, cause, true);
	}
	d = tl_arch_raised(regs) ? enclosing(regs) : 0;
	if (d) {
		tl_arch_restore(regs, d->saved);
		set_pc(regs, d->point->addr);
		free_dispatch(d);
	}
	return false;
}

/*
 * At a point that is not armed: has its breakpoint just gone, or is it the firmware's own? A trap that can be told from a
 * breakpoint only by the PC is neither.
 */
static bool has_gone(const struct tl_regs *regs, bool sure)
{
	return sure && !tl_arch_at_breakpoint(regs);
}

/* A breakpoint; or, if not `sure`, perhaps a fault. */
static bool on_break(struct tl_regs *regs, bool sure)
{
	uintptr_t pc = get_pc(regs);
	struct tl_point *pt = tl_point_find(pc);
	struct tl_regs *saved;

	if (pt && (pt->armed || has_gone(regs, sure))) {
		hit(pt, regs);
		return true;
	}
	pt = tl_point_of_slot(pc);
	if (pt && tl_arch_at_breakpoint(regs)) {
		step_done(pt, regs);
		return true;
	}
	saved = tl_arch_dispatched(regs);
	if (saved) {
		resume(regs, saved);
		return true;
	}
	if (tl_arch_returned(regs)) {
		returned_in_trap(regs);
		return true;
	}
	return on_fault(regs, TL_CAUSE_FAULT);
}

bool tl_trap(struct tl_regs *regs, unsigned cause)
{
	bool ours;

	if (cause == TL_CAUSE_DISPATCH) {
		run_dispatch(regs);
		return true;
	}
	if (cause == TL_CAUSE_RETURN)
		return returned(regs);
	if (cause == TL_CAUSE_BREAK) {
		ours = on_break(regs, true);
	} else {
		uintptr_t lock = tl_arch_lock();

		ours = cause == TL_CAUSE_FAULT ? on_break(regs, false) : on_fault(regs, cause);
		tl_arch_unlock(lock);
	}
	if (!ours && tl_arch_untrappable())
		tl_hold(TL_HOLD_FAULT);
	return ours;
}

/* The direct hits: short, since this is what the firmware waits for. */
__attribute__((optimize("O2"))) uintptr_t tl_first_look(uintptr_t pc, struct tl_look *look)
{
	struct tl_point *pt;
	struct tl_remote *r;

	if (tl_table.running)
		return 0;
	pt = tl_point_find(pc);
	if (!pt || !pt->direct)
		return 0;
	r = (struct tl_remote *)pt->probes;
	look->record = 0;
	if (pt->direct == TL_DIRECT_COUNT) {
		r->recorded++;
	} else if (pt->direct == TL_DIRECT_RETURN) {
		return tl_arch_hook(look, r, pt->go);
	} else if (pt->direct == TL_DIRECT_SNAPSHOT) {
		look->record = tl_take_snapshot(r);
	} else {
		if (r->countdown <= 1)
			return 0;
		r->countdown--;
		r->filtered++;
	}
	r->kp.hits++;
	return pt->go;
}
