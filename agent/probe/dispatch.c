/* SPDX-License-Identifier: MIT */
/*
 * The table of dispatches: see dispatch.h.
 */
#include "probe/dispatch.h"
#include "probe/budget.h"
#include "probe/quiescent.h"
#include "probe/trap.h"

TL_RAM(".bss");

#if TL_DECODE

static struct tl_dispatch dispatches[TL_DISPATCHES];

_Static_assert(TL_DISPATCHES >= 1 && TL_DISPATCHES <= 64, "TL_DISPATCHES");

void tl_dispatch_free(struct tl_dispatch *d)
{
	if (d->phase == TL_PHASE_FREE)
		return;
	d->phase = TL_PHASE_FREE;
	tl_table.running--;
#if TL_BUDGET
	if (!tl_table.running)
		tl_table.gate = tl_table.gate_kept;
#endif
}

/*
 * Does `d` run in the context that has stack pointer `sp`, below it? With several stacks under one
 * key (tasks), only nearby counts. A dispatch whose stack has been given up (longjmp, a deleted
 * task) is found dead here and freed.
 */
static bool is_below(struct tl_dispatch *d, const struct tl_context *c)
{
	if (d->phase == TL_PHASE_FREE || d->phase == TL_PHASE_PASS_ON || d->key != c->key)
		return false;
	if (c->sp >= d->sp) {
		if (!c->shared || c->sp == d->sp)
			tl_dispatch_free(d);
		return false;
	}
	return !c->shared || d->sp - c->sp <= TL_HANDLER_STACK;
}

struct tl_dispatch *tl_dispatch_enclosing(const struct tl_regs *regs)
{
	struct tl_context c = tl_arch_context(regs);
	struct tl_dispatch *inner = 0;

	for (struct tl_dispatch *d = dispatches; d < dispatches + TL_DISPATCHES; d++)
		if (is_below(d, &c) && (!inner || d->sp < inner->sp))
			inner = d;
	return inner;
}

struct tl_dispatch *tl_dispatch_open(const struct tl_regs *regs, enum tl_phase phase)
{
	struct tl_context c = tl_arch_context(regs);
	struct tl_dispatch *d = dispatches;

	while (d < dispatches + TL_DISPATCHES && d->phase != TL_PHASE_FREE)
		d++;
	if (d == dispatches + TL_DISPATCHES)
		return 0;
	d->saved = 0;
	d->point = 0;
#if TL_WATCHES
	d->next = 0;
#endif
	d->key = c.key;
	d->sp = c.sp;
	d->shared = c.shared;
	d->phase = (uint8_t)phase;
	d->resume = TL_RESUME_AS_IS;
	d->handlers = true;
#if TL_BUDGET
	if (!tl_table.running)
		tl_table.gate_kept = tl_table.gate ? (uint8_t)tl_table.gate : TL_GATE;
	tl_table.gate = 1;
#endif
	tl_table.running++;
	return d;
}

struct tl_dispatch *tl_dispatch_of(const struct tl_regs *saved)
{
	for (struct tl_dispatch *d = dispatches; d < dispatches + TL_DISPATCHES; d++)
		if (d->saved == saved && d->phase != TL_PHASE_FREE && d->phase != TL_PHASE_PASS_ON)
			return d;
	return 0;
}

bool tl_dispatch_take_pass_on(const struct tl_point *pt, const struct tl_regs *regs)
{
	struct tl_context c;

	if (!tl_table.running)
		return false;
	c = tl_arch_context(regs);
	for (struct tl_dispatch *d = dispatches; d < dispatches + TL_DISPATCHES; d++)
		if (d->phase == TL_PHASE_PASS_ON && d->point == pt && d->sp == c.sp) {
			tl_dispatch_free(d);
			return true;
		}
	return false;
}

void tl_dispatch_suspended(void)
{
	for (const struct tl_dispatch *d = dispatches; d < dispatches + TL_DISPATCHES; d++)
		if (d->phase != TL_PHASE_FREE && d->point) {
			tl_suspended_in(d->point);
#if TL_WATCHES
			if (tl_point_inside(d->next))
				tl_suspended_in(tl_point_inside(d->next));
#endif
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
	for (struct tl_dispatch *d = dispatches; d < dispatches + TL_DISPATCHES; d++)
		if (d->phase == TL_PHASE_PASS_ON)
			tl_dispatch_free(d);
	tl_arch_unlock(lock);
}

#endif
