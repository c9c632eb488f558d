/* SPDX-License-Identifier: MIT */
/*
 * Returns that do not come as expected: calls left by longjmp, probes that go meanwhile, refusals;
 * and the table of instances.
 */
#include <string.h>

#include "probe/returns.h"
#include "probe/table.h"
#include "returns.h"
#include "unit.h"

/* ---- calls that do not return ---- */

static uintptr_t out;
static int longjmps(struct watched *w, struct mock_regs *m)
{
	(void)w, (void)m;
	mock_unwind(out, MOCK_MAIN_STACK);
}

static void left_by_longjmp(void)
{
	struct watcher w, lower;
	struct watched in_body;

	returns_start();
	out = entry + 6;
	watch_return(&w, work, 'w', ENTRY | RETURN);
	watch_body(&in_body, longjmps);
	for (unsigned i = 0; i < 3 * TL_RETURNS; i++) {
		EQ(w.rp.nmissed, i ? i - 1 : 0); /* found dead by the next call */
		CHECK(mock_run(entry, 100));
	}
	EQ(w.nreturn, 0);
	EQ(tl_unregister_kprobe(&in_body.kp), 0);
	returns_run(1);
	EQ(w.nreturn, 1);
	EQ(w.rp.nmissed, 3 * TL_RETURNS);
	/* One left lower in the stack pins its instance, until a call comes by there. */
	EQ(tl_register_kprobe(&in_body.kp), 0);
	mock_cpu.regs.r[SP] = MOCK_MAIN_STACK - 0x100;
	CHECK(mock_run(entry, 100));
	EQ(tl_unregister_kprobe(&in_body.kp), 0);
	watch_return(&lower, leaf, 'l', RETURN);
	mock_cpu.regs.r[SP] = MOCK_MAIN_STACK - 0x100 + 64; /* mock_call() leaves 64 bytes */
	EQ(mock_call(leaf, 1), 8);
	EQ(lower.nreturn, 1);
	EQ(w.rp.nmissed, 3 * TL_RETURNS + 1);
}

static void leaves_handler(struct watcher *w, struct tl_kretprobe_instance *in, struct mock_regs *m)
{
	(void)w, (void)in, (void)m;
	mock_unwind(out, MOCK_MAIN_STACK);
}

static void handler_left_by_longjmp(void)
{
	struct watcher w;

	returns_start();
	out = entry + 6;
	watch_return(&w, work, 'w', RETURN);
	w.handler = leaves_handler;
	for (unsigned i = 1; i < 3 * TL_RETURNS; i++) {
		CHECK(mock_run(entry, 100));
		EQ(w.nreturn, i);
		EQ(w.rp.nmissed, 0); /* it ran */
	}
}

static int leaves_entry(struct watcher *w, struct tl_kretprobe_instance *in, struct mock_regs *m)
{
	leaves_handler(w, in, m);
	return 0;
}

static void entry_left_by_longjmp(void)
{
	struct watcher w;

	returns_start();
	out = entry + 6;
	watch_return(&w, work, 'w', ENTRY | RETURN);
	w.entry = leaves_entry;
	for (unsigned i = 1; i < 3 * TL_RETURNS; i++) {
		CHECK(mock_run(entry, 100));
		EQ(w.nentry, i);
	}
	w.entry = NULL;
	returns_run(1);
	EQ(w.nreturn, 1);
}

/* ---- probes that go while calls are under way ---- */

static struct watcher *leaving;
static int unregisters(struct watched *w, struct mock_regs *m)
{
	(void)w, (void)m;
	EQ(tl_unregister_kretprobe(&leaving->rp), 0);
	memset(leaving, 0xee, sizeof *leaving); /* nobody may look at it again */
	return 0;
}

static void unregistered_under_way(void)
{
	for (unsigned task = 0; task < PLACES; task++) {
		struct watcher w;
		struct watched in_body;

		returns_start_in(task);
		leaving = &w;
		watch_body(&in_body, unregisters);
		for (unsigned i = 0; i < 2 * TL_RETURNS; i++) {
			watch_return(&w, work, 'w', ENTRY | RETURN);
			probes_clear();
			if (task)
				EQ(mock_call_task(1, work, 1), 4);
			else
				returns_run(1);
			SAME(probes_log, "Wb");
		}
		EQ(tl_unregister_kprobe(&in_body.kp), 0);
	}
}

static int moves(struct watched *w, struct mock_regs *m)
{
	(void)w, (void)m;
	EQ(tl_unregister_kretprobe(&leaving->rp), 0);
	watch_return(leaving, bump, 'n', RETURN);
	return 0;
}

/* The object serves another function while the old call is still out. */
static void reused_under_way(void)
{
	struct watcher w;
	struct watched in_body;

	returns_start();
	leaving = &w;
	watch_body(&in_body, moves);
	watch_return(&w, work, 'w', RETURN);
	returns_run(1);
	EQ(w.nreturn, 0);
	EQ(mock_call(bump, 0), 1);
	EQ(w.nreturn, 1);
	EQ(w.rp.kp.probe.room, TL_RETURN_ACTIVE);
}

static void unregisters_itself(struct watcher *w, struct tl_kretprobe_instance *in,
                               struct mock_regs *m)
{
	(void)in, (void)m;
	EQ(tl_unregister_kretprobe(&w->rp), 0);
}

static void unregistered_by_handler(void)
{
	struct watcher w;

	returns_start();
	watch_return(&w, work, 'w', ENTRY | RETURN);
	w.handler = unregisters_itself;
	returns_run(1);
	returns_run(1);
	SAME(probes_log, "Ww");
	EQ(w.rp.kp.probe.state, 0);
}

static int disables(struct watched *w, struct mock_regs *m)
{
	(void)w, (void)m;
	EQ(tl_disable_kprobe(&leaving->rp.kp), 0);
	return 0;
}

static void disabled_under_way(void)
{
	struct watcher w;
	struct watched in_body;

	returns_start();
	leaving = &w;
	watch_body(&in_body, disables);
	watch_return(&w, work, 'w', ENTRY | RETURN);
	returns_run(1);
	returns_run(1);
	SAME(probes_log, "Wbb");
	EQ(tl_unregister_kprobe(&in_body.kp), 0);
	EQ(tl_enable_kprobe(&w.rp.kp), 0);
	returns_run(1);
	EQ(w.nreturn, 1);
	EQ(w.rp.kp.probe.room, TL_RETURN_ACTIVE);
}

/* ---- refusals ---- */

static void refusals(void)
{
	struct watcher w;
	struct watched never;
	uintptr_t at;

	returns_start();
	at = MOV(R2, LR);
	RET();
	w = return_watcher(at, 'w', RETURN);
	EQ(tl_register_kretprobe(&w.rp), -TL_ERETURN);
	EQ(w.rp.kp.probe.state, 0);
	EQ(tl_register_kprobe(&w.rp.kp), 0); /* a kprobe there is fine */
	EQ(tl_unregister_kprobe(&w.rp.kp), 0);
	w = return_watcher(work, 'w', RETURN);
	w.rp.data_size = TL_RETURN_DATA + 1;
	EQ(tl_register_kretprobe(&w.rp), -TL_EINVAL);
	w.rp.data_size = TL_RETURN_DATA;
	watch_prepare(&never, 0, 'n', PRE);
	w.rp.kp.pre_handler = never.kp.pre_handler;
	EQ(tl_register_kretprobe(&w.rp), -TL_EINVAL);
	w.rp.kp.pre_handler = NULL;
	EQ(tl_register_kretprobe(&w.rp), 0);
	EQ(tl_register_kretprobe(&w.rp), -TL_EBUSY);
	EQ(tl_unregister_kretprobe(&w.rp), 0);
	w.rp.kp.addr = MOCK_RAM;
	EQ(tl_register_kretprobe(&w.rp), -TL_ETEXT);
	EQ(tl_unregister_kretprobe(&w.rp), -TL_ENOENT);
}

/* ---- the table, against a model ---- */

enum { STACKS = 40, DEEP = 6, CALLS = 40000 };

static struct tl_kretprobe_instance *newest;
static int taken(struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	(void)regs;
	newest = in;
	return 0;
}

static int notes(struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	(void)regs;
	*(uintptr_t *)in->rp->kp.data = in->data[0];
	return 0;
}

static void table(void)
{
	static struct mock_regs regs;
	static struct {
		uintptr_t sp, ret, number[DEEP];
		unsigned deep;
	} model[STACKS];
	struct tl_kretprobe rp = {
	        .entry_handler = taken, .handler = notes, .maxactive = TL_RETURNS};
	uintptr_t fired = 0;
	unsigned live = 0;

	returns_start();
	rp.kp.addr = work;
	rp.kp.data = &fired;
	EQ(tl_register_kretprobe(&rp), 0);
	for (unsigned i = 0; i < STACKS; i++) /* few places, many collisions */
		model[i].sp = MOCK_RAM + 8 * (i % 5) + 8 * TL_RETURNS * (i / 5) + 0x1000 * (i % 3);
	for (uintptr_t n = 1; n <= CALLS; n++) {
		unsigned i = unit_below(STACKS), missed = rp.nmissed;
		struct tl_regs *r = (struct tl_regs *)(void *)&regs;

		unit_at("call %lu", (unsigned long)n);
		regs.r[SP] = model[i].sp;
		if (unit_below(2) && model[i].deep) { /* return */
			CHECK(tl_return_calls(r));
			CHECK(tl_return(r, true));
			EQ(regs.r[PC], model[i].ret);
			EQ(fired, model[i].number[0]); /* the oldest fires last */
			live -= model[i].deep;
			model[i].deep = 0;
		} else if (model[i].deep < DEEP) { /* a call, which proves that what is there is
			                              dead; or a tail call */
			bool tail = model[i].deep && unit_below(2);

			regs.r[LR] = tail ? (uintptr_t)tl_return_trampoline : 2 * n;
			if (!tail) {
				missed += model[i].deep;
				live -= model[i].deep;
				model[i].deep = 0;
				model[i].ret = 2 * n;
			}
			tl_return_enter(&rp.kp.probe, r);
			if (live == TL_RETURNS) {
				EQ(rp.nmissed, missed + 1);
				EQ(regs.r[LR], tail ? (uintptr_t)tl_return_trampoline : 2 * n);
				continue;
			}
			EQ(regs.r[LR], (uintptr_t)tl_return_trampoline);
			EQ(rp.nmissed, missed);
			live++;
			model[i].number[model[i].deep++] = n;
			EQ(newest->sp, model[i].sp);
			EQ(newest->ret_addr, model[i].ret);
			newest->data[0] = n;
		}
		EQ(rp.kp.probe.room, TL_RETURNS - live);
	}
}

static const struct unit_test tests[] = {
        {"calls left by longjmp", left_by_longjmp},
        {"handlers left by longjmp", handler_left_by_longjmp},
        {"entry handlers left by longjmp", entry_left_by_longjmp},
        {"unregistered while a call is under way", unregistered_under_way},
        {"used again while a call is under way", reused_under_way},
        {"unregistered by its own handler", unregistered_by_handler},
        {"disabled while a call is under way", disabled_under_way},
        {"refusals", refusals},
        {"the table of instances, against a model", table},
};
UNIT_MAIN(tests)
