/* SPDX-License-Identifier: MIT */
/* config: small */
/*
 * Contexts: hits below handlers, in interrupts, in tasks; interrupts at every instruction of a
 * probed program; handlers that never return.
 */
#include <string.h>

#include "probe/table.h"
#include "probes.h"
#include "unit.h"

enum { TIMER = 7, UART = 9, TOP = 11 };

/* main: calls work() once, halts. work: adds 1 and 2 to r0, returns. isr: adds 1 to r5's word,
 * returns. */
static uintptr_t work, isr, entry;

static void start(void)
{
	uintptr_t call;

	client_start();
	probes_clear();
	mock_org(MOCK_TEXT);
	entry = LI(R0, 0);
	call = CALL(0);
	ADDI(R1, 1);
	HALT();
	work = PUSH(LR);
	mock_target(call, work);
	ADDI(R0, 1);
	ADDI(R0, 2);
	POPRET();
	isr = PUSH(R0);
	LD(R0, R5, 0);
	ADDI(R0, 1);
	ST(R0, R5, 0);
	POP(R0);
	RETI();
	mock_cpu.vectors[TIMER] = mock_cpu.vectors[UART] = mock_cpu.vectors[TOP] = isr;
	mock_cpu.regs.r[R5] = MOCK_RAM;
}

static void run(void)
{
	CHECK(mock_run(entry, 1000));
	EQ(mock_cpu.regs.r[R0], 3);
	EQ(mock_cpu.regs.r[SP], MOCK_MAIN_STACK);
	EQ(tl_table.running, 0);
}

static uintptr_t ticks(void)
{
	return *(uintptr_t *)MOCK_RAM;
}

/* ---- below a handler ---- */

static int calls_work(struct watched *w, struct mock_regs *m)
{
	(void)w, (void)m;
	EQ(mock_call(work, 10), 13); /* stepped, and right */
	return 0;
}

static void post_calls_work(struct watched *w, struct mock_regs *m)
{
	calls_work(w, m);
}

static void nested_hit(void)
{
	for (unsigned in_post = 0; in_post < 2; in_post++) {
		struct watched outer, inner, also;

		unit_at(in_post ? "post handler" : "pre handler");
		start();
		watch_prepare(&outer, entry + 8, 'o', PRE | POST); /* addi r1, 1 */
		if (in_post)
			outer.post = post_calls_work;
		else
			outer.pre = calls_work;
		EQ(tl_register_kprobe(&outer.kp), 0);
		EQ(watch(&inner, work + 2, 'i', PRE | POST | FAULT), 0);
		EQ(watch(&also, work + 2, 'j', 0), 0);
		run();
		SAME(probes_log, "iIoO");
		EQ(inner.kp.hits, 2);
		EQ(inner.kp.nmissed, 1);
		EQ(also.kp.nmissed, 1); /* of every probe there */
		EQ(outer.kp.nmissed, 0);
		EQ(tl_unregister_kprobe(&outer.kp) | tl_unregister_kprobe(&inner.kp) |
		           tl_unregister_kprobe(&also.kp),
		   0);
	}
}

/* The handler of a probe runs into the same probe. */
static void recursion(void)
{
	struct watched w;

	start();
	watch_prepare(&w, work + 2, 'a', PRE | POST);
	w.pre = calls_work;
	EQ(tl_register_kprobe(&w.kp), 0);
	run();
	SAME(probes_log, "aA");
	EQ(w.kp.hits, 2);
	EQ(w.kp.nmissed, 1);
}

/* ---- interrupts ---- */

static int interrupted(struct watched *w, struct mock_regs *m)
{
	(void)w, (void)m;
	mock_irq(TIMER);
	return 0;
}

static void interrupt_in_handler(void)
{
	struct watched outer, inner;

	start();
	watch_prepare(&outer, work + 2, 'o', PRE | POST);
	outer.pre = interrupted;
	EQ(tl_register_kprobe(&outer.kp), 0);
	EQ(watch(&inner, isr + 6, 'i', PRE | POST), 0);
	run();
	SAME(probes_log, "oiIO");
	EQ(inner.kp.nmissed, 0);
	EQ(ticks(), 1);
}

/* The handler's interrupt runs the very code that the handler is about. */
static int interrupt_calls_work(struct watched *w, struct mock_regs *m)
{
	if (m->exception != TIMER) {
		mock_irq(TIMER);
		return 0;
	}
	return calls_work(w, m);
}

static void nested_in_interrupt_in_handler(void)
{
	struct watched outer, inner;

	start();
	watch_prepare(&outer, work + 2, 'o', PRE | POST);
	outer.pre = interrupt_calls_work;
	EQ(tl_register_kprobe(&outer.kp), 0);
	watch_prepare(&inner, isr + 6, 'i', PRE | POST);
	inner.pre = interrupt_calls_work;
	EQ(tl_register_kprobe(&inner.kp), 0);
	run();
	SAME(probes_log, "oiIO");
	EQ(outer.kp.hits, 2);
	EQ(outer.kp.nmissed, 1);
	EQ(inner.kp.nmissed, 0);
}

/* An interrupt at every instruction of a probed program, with a probe in the interrupt and more of
 * them in what it interrupts. */
static void interrupt_everywhere(void)
{
	static const unsigned sets[] = {0, PRE, POST, PRE | POST};

	for (unsigned s = 0; s < 16; s++) {
		unsigned long count, most = 100, tried = 0;

		for (count = 0; count < most; count++) {
			struct watched w[2], in_isr[2];

			unit_at("handlers %u and %u, interrupt after %lu", sets[s / 4], sets[s % 4],
			        count);
			start();
			EQ(watch(&w[0], work + 2, 'a', sets[s / 4]), 0);
			EQ(watch(&w[1], work + 6, 'b', sets[s / 4]), 0);
			EQ(watch(&in_isr[0], isr, 'i', sets[s % 4]), 0);
			EQ(watch(&in_isr[1], isr + 6, 'j', sets[s % 4]), 0);
			mock_irq_at(count, TIMER);
			run();
			most = mock_cpu.irq_number ? count
			                           : most; /* it came too late to come at all */
			EQ(ticks(), mock_cpu.irq_number ? 0 : 1);
			for (unsigned i = 0; i < 2; i++) {
				EQ(w[i].kp.hits, 1);
				EQ(w[i].kp.nmissed, 0);
				EQ(w[i].npre, sets[s / 4] & PRE ? 1 : 0);
				EQ(w[i].npost, sets[s / 4] & POST ? 1 : 0);
				EQ(in_isr[i].kp.hits, ticks());
				EQ(in_isr[i].kp.nmissed, 0);
				EQ(in_isr[i].npre, sets[s % 4] & PRE ? ticks() : 0);
				EQ(in_isr[i].npost, sets[s % 4] & POST ? ticks() : 0);
			}
			for (unsigned i = 0; i < 2; i++)
				EQ(tl_unregister_kprobe(&w[i].kp) |
				           tl_unregister_kprobe(&in_isr[i].kp),
				   0);
			tried++;
		}
		CHECK(tried > 9);
	}
}

/* A probe comes, goes and is changed in an interrupt that hits at every instruction of the
   program. */
static struct watched *coming, *going;
static int reorganise(struct watched *w, struct mock_regs *m)
{
	(void)w, (void)m;
	EQ(tl_register_kprobe(&coming->kp), 0);
	EQ(tl_unregister_kprobe(&going->kp), 0);
	return 0;
}

static void changed_under_way(void)
{
	for (unsigned long count = 0; count < 24; count++) {
		struct watched w, come, gone;

		unit_at("interrupt after %lu", count);
		start();
		coming = &come;
		going = &gone;
		watch_prepare(&come, work + 2, 'c', PRE | POST);
		EQ(watch(&gone, work + 2, 'g', 0), 0);
		watch_prepare(&w, isr + 6, 'i', PRE);
		w.pre = reorganise;
		EQ(tl_register_kprobe(&w.kp), 0);
		mock_irq_at(count, TIMER);
		run();
		if (w.npre) {
			CHECK(come.kp.hits + gone.kp.hits == 1);
			CHECK(come.npost >= come.npre); /* a post handler may see a hit that began
			                                   before it was there */
			EQ(tl_unregister_kprobe(&come.kp), 0);
		} else {
			EQ(tl_unregister_kprobe(&gone.kp), 0);
		}
		EQ(tl_unregister_kprobe(&w.kp), 0);
	}
}

/* Each of several priorities interrupts the other's handler; there is memory for TL_DISPATCHES. */
static int interrupt_next(struct watched *w, struct mock_regs *m)
{
	(void)w;
	if (m->exception < TOP)
		mock_irq(m->exception < TIMER ? TIMER : (unsigned)m->exception + 2);
	return 0;
}

static void table_full(void)
{
	struct watched outer, inner;

	start();
	watch_prepare(&outer, work + 2, 'o', PRE | POST);
	outer.pre = interrupt_next;
	EQ(tl_register_kprobe(&outer.kp), 0);
	watch_prepare(&inner, isr, 'i', PRE | POST);
	inner.pre = interrupt_next;
	EQ(tl_register_kprobe(&inner.kp), 0);
	run();
	EQ(TL_DISPATCHES, 2);
	/* main's handler, TIMER's, and no room for UART's: it is stepped and counted; TOP never
	 * comes. */
	EQ(inner.kp.hits, 2);
	EQ(inner.npre, 1);
	EQ(inner.kp.nmissed, 1);
	EQ(ticks(), 2);
	EQ(outer.npost, 1);
	EQ(outer.kp.nmissed, 0);
}

/* ---- tasks ---- */

static int switches(struct watched *w, struct mock_regs *m)
{
	if (w->kp.data) {
		unsigned task = (unsigned)(uintptr_t)w->kp.data;

		w->kp.data = NULL;
		EQ(m->process, 1);
		EQ(mock_call_task(task, work, 20), 23);
	}
	return 0;
}

static void task_in_handler(void)
{
	/* Task 0's handler is preempted by task 1, above or below it in memory; that one hits with
	 * all its handlers. */
	for (unsigned first = 0; first < 2; first++) {
		struct watched w;

		unit_at("task %u first", first);
		start();
		watch_prepare(&w, work + 2, 'a', PRE | POST);
		w.pre = switches;
		w.kp.data = (void *)(uintptr_t)(first ? 2 : 3);
		EQ(tl_register_kprobe(&w.kp), 0);
		EQ(mock_call_task(first ? 3 : 2, work, 10), 13);
		SAME(probes_log, "aaAA");
		EQ(w.kp.hits, 2);
		EQ(w.kp.nmissed, 0);
		EQ(tl_table.running, 0);
		EQ(tl_unregister_kprobe(&w.kp), 0);
	}
}

/* A task's handler that calls probed code is nested, as on the main stack. */
static void nested_in_task(void)
{
	struct watched w;

	start();
	watch_prepare(&w, work + 2, 'a', PRE);
	w.pre = calls_work;
	EQ(tl_register_kprobe(&w.kp), 0);
	EQ(mock_call_task(1, work, 10), 13);
	SAME(probes_log, "a");
	EQ(w.kp.nmissed, 1);
}

/* ---- handlers that never return ---- */

static uintptr_t after;
static int longjmps(struct watched *w, struct mock_regs *m)
{
	(void)w, (void)m;
	mock_unwind(after, MOCK_MAIN_STACK);
}

static void abandoned(void)
{
	struct watched w, other;

	start();
	after = entry + 8;
	watch_prepare(&w, work + 2, 'a', PRE | POST);
	w.pre = longjmps;
	EQ(tl_register_kprobe(&w.kp), 0);
	EQ(watch(&other, entry + 8, 'b', PRE | POST), 0);
	for (unsigned i = 1; i <= 10; i++) { /* more often than there is memory for */
		probes_clear();
		CHECK(mock_run(entry, 100));
		SAME(probes_log, "abB");
		EQ(w.kp.hits, i);
		EQ(w.kp.nmissed + other.kp.nmissed, 0);
	}
	EQ(tl_table.running, 0); /* found dead by the hit above it */
}

/* In a task only nearness tells; a hit at the very stack pointer proves it dead. */
static int leaves_task(struct watched *w, struct mock_regs *m)
{
	(void)w;
	mock_unwind(MOCK_RETURN, m->r[SP]);
}

static void abandoned_in_task(void)
{
	struct watched w;

	start();
	watch_prepare(&w, work + 2, 'a', PRE);
	w.pre = leaves_task;
	EQ(tl_register_kprobe(&w.kp), 0);
	for (unsigned i = 1; i <= 10; i++) {
		mock_call_task(1, work, 0);
		EQ(w.npre, i);
		EQ(w.kp.nmissed, 0);
	}
}

/* No C code can run there: missed, once a hit, and stepped. */
static void no_stack(void)
{
	struct watched both, before, after, none;

	start();
	EQ(watch(&both, work + 2, 'a', PRE | POST), 0);
	EQ(watch(&before, work + 2, 'b', PRE), 0);
	EQ(watch(&after, work + 2, 'c', POST), 0);
	EQ(watch(&none, work + 2, 'd', 0), 0);
	mock_cpu.regs.r[SP] = MOCK_RAM + 64; /* room for a push, not for registers */
	CHECK(mock_run(entry, 100));
	EQ(mock_cpu.regs.r[R0], 3);
	SAME(probes_log, "");
	EQ(both.kp.hits, 1);
	EQ(both.kp.nmissed, 1);
	EQ(before.kp.nmissed, 1);
	EQ(after.kp.nmissed, 1);
	EQ(none.kp.nmissed, 0);
}

static const struct unit_test tests[] = {
        {"a hit below a handler: missed and stepped", nested_hit},
        {"a probe below its own handler", recursion},
        {"an interrupt during a handler hits as usual", interrupt_in_handler},
        {"nested below a handler in an interrupt in a handler", nested_in_interrupt_in_handler},
        {"an interrupt at every instruction", interrupt_everywhere},
        {"probes come and go in an interrupt at every instruction", changed_under_way},
        {"more handlers at a time than there is memory for", table_full},
        {"a task preempts another's handler", task_in_handler},
        {"a hit below a handler in a task", nested_in_task},
        {"handlers left by longjmp", abandoned},
        {"handlers of tasks that are gone", abandoned_in_task},
        {"no stack to run handlers on", no_stack},
};
UNIT_MAIN(tests)
