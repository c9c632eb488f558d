/* SPDX-License-Identifier: MIT */
/*
 * Returns, by the C API: instances, recursion, tail calls, tasks, interrupts, nesting.
 */
#include <string.h>

#include "probe/table.h"
#include "returns.h"
#include "unit.h"

/* ---- one call ---- */

static void one_call(void)
{
	for (unsigned handlers = 0; handlers < 4; handlers++) {
		struct watcher w;
		struct mock_regs bare, probed;

		unit_at("handlers %u", handlers);
		returns_start();
		returns_run(4);
		bare = mock_cpu.regs;
		returns_start();
		watch_return(&w, work, 'w', handlers);
		returns_run(4);
		probed = mock_cpu.regs;
		/* the return address is where the trampoline left it */
		check_regs(&probed, &bare, 1u << LR);
		EQ(w.nentry, handlers & ENTRY ? 1 : 0);
		EQ(w.nreturn, handlers & RETURN ? 1 : 0);
		EQ(w.rp.nmissed, 0);
		EQ(w.rp.kp.hits, 1);
		if (handlers & RETURN) {
			EQ(w.value, 7);
			EQ(w.at.r[PC], entry + 6);
			EQ(w.at.r[SP], MOCK_MAIN_STACK);
			EQ(w.elapsed, w.elapsed & 0xf);
			CHECK(w.elapsed >= 4);
		}
		if (handlers == (ENTRY | RETURN))
			EQ(w.arg, 4);
		for (unsigned i = 0; i < 1000; i++) /* instances come back */
			returns_run(i);
		EQ(w.rp.nmissed, 0);
		EQ(tl_unregister_kretprobe(&w.rp), 0);
		EQ(tl_unregister_kretprobe(&w.rp), -TL_ENOENT);
		returns_run(1);
		EQ(w.nreturn, handlers & RETURN ? 1001 : 0);
	}
}

static int vetoes(struct watcher *w, struct tl_kretprobe_instance *in, struct mock_regs *m)
{
	(void)w, (void)in;
	return m->r[R0] & 1;
}

static void veto(void)
{
	struct watcher w;

	returns_start();
	watch_return(&w, work, 'w', ENTRY | RETURN);
	w.entry = vetoes;
	for (unsigned i = 0; i < 200; i++)
		returns_run(i);
	EQ(w.nentry, 200);
	EQ(w.nreturn, 100);
	EQ(w.arg, 198);
	EQ(w.rp.nmissed, 0);
}

static void sets_result(struct watcher *w, struct tl_kretprobe_instance *in, struct mock_regs *m)
{
	(void)w, (void)in;
	m->r[R0] = 50;
	m->r[PC] += 4; /* past addi r1, 1 */
}

static void changed_registers(void)
{
	struct watcher w;

	returns_start();
	watch_return(&w, work, 'w', RETURN);
	w.handler = sets_result;
	mock_cpu.regs.r[R1] = 5;
	CHECK(mock_run(entry, 100));
	EQ(mock_cpu.regs.r[R0], 50);
	EQ(mock_cpu.regs.r[R1], 5);
}

/* ---- recursion, and no more instances ---- */

static uintptr_t depth_of(uintptr_t n)
{
	mock_cpu.regs.r[SP] = MOCK_MAIN_STACK;
	return mock_call(down, n);
}

static void recursion(void)
{
	for (unsigned n = 0; n < 2 * TL_RETURNS; n++) {
		struct watcher w;
		unsigned most = n % 3 ? n % TL_RETURNS : 0, room = most ? most : TL_RETURN_ACTIVE;

		unit_at("depth %u, maxactive %u", n, most);
		returns_start();
		w = return_watcher(down, 'd', RETURN | (n & 1 ? ENTRY : 0));
		w.rp.maxactive = (uint16_t)most;
		EQ(tl_register_kretprobe(&w.rp), 0);
		for (unsigned round = 1; round < 3; round++) {
			EQ(depth_of(n), 2 * n);
			EQ(w.nreturn, round * (n + 1 < room ? n + 1 : room));
			EQ(w.rp.nmissed, round * (n + 1 < room ? 0 : n + 1 - room));
			EQ(w.nentry, n & 1 ? w.nreturn : 0);
		}
		EQ(tl_unregister_kretprobe(&w.rp), 0);
	}
}

static void pool_empty(void)
{
	struct watcher deep, w;

	returns_start();
	deep = return_watcher(down, 'd', RETURN);
	deep.rp.maxactive = 1000; /* more than there are */
	EQ(tl_register_kretprobe(&deep.rp), 0);
	EQ(depth_of(TL_RETURNS + 9), 2 * (TL_RETURNS + 9));
	EQ(deep.nreturn, TL_RETURNS);
	EQ(deep.rp.nmissed, 10);
	watch_return(&w, work, 'w', RETURN);
	returns_run(1);
	EQ(w.nreturn, 1);
}

/* ---- tail calls ---- */

static void tail_call(void)
{
	for (unsigned set = 1; set < 4; set++) {
		struct watcher to = {0}, from = {0};

		unit_at("set %u", set);
		returns_start();
		if (set & 1)
			watch_return(&from, jump, 'j', ENTRY | RETURN);
		if (set & 2)
			watch_return(&to, work, 'w', ENTRY | RETURN);
		for (unsigned i = 1; i <= 100; i++) {
			probes_clear();
			EQ(mock_call(jump, 5), 108);
			SAME(probes_log, set == 3 ? "JWwj" : set == 2 ? "Ww" : "Jj");
			if (set & 1)
				EQ(from.at.r[PC], MOCK_RETURN);
			if (set & 2)
				EQ(to.at.r[PC], MOCK_RETURN);
		}
		EQ(to.rp.nmissed + from.rp.nmissed, 0);
		if (set & 1)
			EQ(from.nreturn + from.arg, 105);
		if (set & 2)
			EQ(to.nreturn + to.arg, 205);
		tl_unregister_kretprobe(&to.rp);
		tl_unregister_kretprobe(&from.rp);
	}
}

/* No room for the one that is jumped to: the one that jumps returns all the same, and the other way
 * round. */
static void tail_call_without_room(void)
{
	struct watcher to, from, deep;

	returns_start();
	watch_return(&from, jump, 'j', RETURN);
	deep = return_watcher(down, 'd', RETURN);
	deep.rp.maxactive = TL_RETURNS;
	to = return_watcher(work, 'w', RETURN);
	to.rp.maxactive = 1;
	EQ(tl_register_kretprobe(&to.rp) | tl_register_kretprobe(&deep.rp), 0);
	to.rp.kp.probe.room = 0; /* as if a task sat in it */
	EQ(mock_call(jump, 5), 108);
	SAME(probes_log, "j");
	EQ(to.rp.nmissed, 1);
	to.rp.kp.probe.room = 1;
	from.rp.kp.probe.room = 0;
	EQ(mock_call(jump, 5), 108);
	SAME(probes_log, "jw");
	EQ(from.rp.nmissed, 1);
}

/* ---- at one address ---- */

static int reads_lr(struct watched *w, struct mock_regs *m)
{
	w->kp.data = (void *)m->r[LR];
	return 0;
}

static void shared_point(void)
{
	struct watcher first, second;
	struct watched kp;

	returns_start();
	watch_return(&first, work, 'a', ENTRY | RETURN);
	watch_return(&second, work, 'b', RETURN);
	watch_prepare(&kp, work, 'k', PRE | POST);
	kp.pre = reads_lr;
	EQ(tl_register_kprobe(&kp.kp), 0);
	EQ(client_hello(1), 0);
	EQ(native("QTl.add", "1,%lx,1,0,0,0,0", (long)work), 0);
	EQ(native("QTl.add", "2,%lx,3,0,0,0,0", (long)work), 0);
	for (unsigned i = 0; i < 20; i++) {
		probes_clear();
		returns_run(i);
		SAME(probes_log, "kAKba");
		EQ((uintptr_t)kp.kp.data, entry + 6); /* return probes come last */
		client_drain();
	}
	EQ(client.nrecords, 40);
	for (unsigned i = 0; i < 40; i++) {
		EQ(client.records[i].probe, 1 + i % 2);
		EQ(client.records[i].returned, i % 2);
		EQ(client.records[i].regs[R0], i / 2 + (i % 2 ? 3 : 0));
		EQ(client.records[i].regs[i % 2 ? PC : LR], entry + 6);
	}
	EQ(tl_unregister_kretprobe(&first.rp) | tl_unregister_kprobe(&kp.kp), 0);
	probes_clear();
	returns_run(1);
	SAME(probes_log, "b");
	check_identity(1);
	check_identity(2);
}

/* A pre_handler that makes the function not happen: nothing to return from. */
static int returns_at_once(struct watched *w, struct mock_regs *m)
{
	(void)w;
	m->r[R0] += 3;
	m->r[PC] = m->r[LR];
	return 1;
}

static void skipped_function(void)
{
	struct watcher w;
	struct watched kp;

	returns_start();
	watch_return(&w, work, 'w', ENTRY | RETURN);
	watch_prepare(&kp, work, 'k', PRE);
	kp.pre = returns_at_once;
	EQ(tl_register_kprobe(&kp.kp), 0);
	returns_run(1);
	SAME(probes_log, "k");
	EQ(w.rp.nmissed, 0);
}

/* ---- contexts ---- */

static void interrupts(void)
{
	for (unsigned handlers = 0; handlers < 4; handlers++) {
		unsigned long most = 60;

		for (unsigned long count = 0; count < most; count++) {
			struct watcher w, in_isr;

			unit_at("handlers %u, interrupt after %lu", handlers, count);
			returns_start();
			watch_return(&w, work, 'w', handlers);
			watch_return(&in_isr, bump, 'i', handlers);
			mock_irq_at(count, TIMER);
			returns_run(1);
			most = mock_cpu.irq_number ? count : most;
			EQ(*isr_count(), mock_cpu.irq_number ? 0 : 1);
			EQ(w.nreturn, handlers & RETURN ? 1 : 0);
			EQ(in_isr.nreturn, handlers & RETURN ? *isr_count() : 0);
			EQ(w.rp.nmissed + in_isr.rp.nmissed, 0);
			EQ(tl_unregister_kretprobe(&w.rp) | tl_unregister_kretprobe(&in_isr.rp), 0);
		}
		CHECK(most > 8 && most < 60);
	}
}

/* Another task runs the same function while one is in it. */
static int other_task(struct watched *w, struct mock_regs *m)
{
	uintptr_t task = (uintptr_t)w->kp.data;

	(void)m;
	if (task) {
		w->kp.data = (void *)(task - 1);
		EQ(mock_call_task((unsigned)task, work, 20 * task), 20 * task + 3);
	}
	return 0;
}

static void tasks(void)
{
	for (unsigned unprivileged = 0; unprivileged < 2; unprivileged++)
		for (unsigned handlers = 0; handlers < 4; handlers++) {
			struct watcher w;
			struct watched in_body;

			unit_at("handlers %u, %s", handlers,
			        unprivileged ? "unprivileged" : "privileged");
			returns_start();
			mock_cpu.unprivileged = unprivileged;
			watch_return(&w, work, 'w', handlers);
			watch_prepare(&in_body, body, 'b', PRE);
			in_body.pre = other_task;
			in_body.kp.data = (void *)4;
			EQ(tl_register_kprobe(&in_body.kp), 0);
			EQ(mock_call_task(5, work, 7), 10);
			EQ(w.nreturn, handlers & RETURN ? 5 : 0);
			if (handlers == (ENTRY | RETURN)) {
				EQ(w.arg, 7);
				SAME(probes_log, "WbWbWbWbWbwwwww");
			}
			EQ(w.rp.nmissed, 0);
			EQ(tl_table.running, 0);
			EQ(tl_unregister_kretprobe(&w.rp) | tl_unregister_kprobe(&in_body.kp), 0);
		}
}

static void calls_work(struct watcher *w, struct tl_kretprobe_instance *in, struct mock_regs *m)
{
	(void)w, (void)in, (void)m;
	EQ(mock_call(work, 40), 43);
}

static int entry_calls_work(struct watcher *w, struct tl_kretprobe_instance *in,
                            struct mock_regs *m)
{
	calls_work(w, in, m);
	return 0;
}

/* The handlers call the probed function: missed, on every probe. */
static void nested(void)
{
	for (unsigned task = 0; task < PLACES; task++) {
		struct watcher w;
		struct watched in_body;

		returns_start_in(task);
		watch_return(&w, work, 'w', ENTRY | RETURN);
		w.entry = entry_calls_work;
		w.handler = calls_work;
		EQ(watch(&in_body, body, 'b', PRE), 0);
		if (task)
			EQ(mock_call_task(1, work, 1), 4);
		else
			returns_run(1);
		SAME(probes_log, "Wbw");
		EQ(w.rp.nmissed, 2);
		EQ(in_body.kp.nmissed, 2);
		EQ(in_body.kp.hits, 3);
		EQ(tl_unregister_kretprobe(&w.rp) | tl_unregister_kprobe(&in_body.kp), 0);
	}
}

static void interrupted(struct watcher *w, struct tl_kretprobe_instance *in, struct mock_regs *m)
{
	uintptr_t data = in->data[0];

	(void)w, (void)m;
	mock_irq(TIMER);
	EQ(in->data[0], data); /* ours as long as the handler runs */
}

static void interrupt_in_handler(void)
{
	struct watcher w, in_isr;

	returns_start();
	watch_return(&w, work, 'w', ENTRY | RETURN);
	w.handler = interrupted;
	watch_return(&in_isr, bump, 'i', ENTRY | RETURN);
	returns_run(1);
	SAME(probes_log, "WwIi");
	EQ(in_isr.rp.nmissed, 0);
}

/* Handlers in interrupts in handlers, more than there is memory for: the return goes its way,
 * missed. */
static void interrupts_again(struct watcher *w, struct tl_kretprobe_instance *in,
                             struct mock_regs *m)
{
	(void)w, (void)in;
	if (m->exception < 2 * TL_DISPATCHES)
		mock_irq((unsigned)m->exception + 1);
}

static void no_dispatch(void)
{
	struct watcher w, in_isr;

	returns_start();
	for (unsigned i = 1; i < MOCK_VECTORS; i++)
		mock_cpu.vectors[i] = isr;
	watch_return(&w, work, 'w', RETURN);
	watch_return(&in_isr, bump, 'i', RETURN);
	w.handler = in_isr.handler = interrupts_again;
	returns_run(1);
	EQ(w.nreturn + in_isr.nreturn, TL_DISPATCHES);
	EQ(in_isr.rp.nmissed, 1);
	EQ(*isr_count(), TL_DISPATCHES);
}

static const struct unit_test tests[] = {
        {"a call and its return", one_call},
        {"entry_handler vetoes", veto},
        {"handler changes the result and the PC", changed_registers},
        {"recursion and maxactive", recursion},
        {"no instance left", pool_empty},
        {"tail calls", tail_call},
        {"tail calls without room for both", tail_call_without_room},
        {"with other probes at the address", shared_point},
        {"a function that a pre_handler skips", skipped_function},
        {"an interrupt at every instruction", interrupts},
        {"tasks in one function", tasks},
        {"handlers call the function", nested},
        {"an interrupt in a handler", interrupt_in_handler},
        {"more handlers at a time than there is memory for", no_dispatch},
};
UNIT_MAIN(tests)
