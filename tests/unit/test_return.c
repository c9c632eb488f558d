/* SPDX-License-Identifier: MIT */
/*
 * Returns, by the C API: instances, recursion, tail calls, tasks, interrupts, calls that never return, probes that go meanwhile.
 */
#include <string.h>

#include "internal.h"
#include "probes.h"
#include "unit.h"

enum { TIMER = 7 };

/*
 * main: r0 = work(r0), halts. work(n) = n + 3, by a body and a stack frame. down(n): calls itself n times, returns n + depth.
 * jump(n): tail-calls work(n + 100). isr: adds 1 to r5's word by bump().
 */
static uintptr_t entry, work, body, down, jump, isr, bump, leaf;

static uintptr_t *isr_count(void)
{
	return (uintptr_t *)MOCK_RAM;
}

static void start(void)
{
	uintptr_t call[2], zero;

	client_start();
	probes_clear();
	mock_org(MOCK_TEXT);
	entry = NOP();
	call[0] = CALL(0);
	ADDI(R1, 1);
	HALT();
	work = PUSH(LR);
	body = ADDI(R0, 1);
	ADDI(R0, 2);
	POPRET();
	mock_target(call[0], work);
	down = PUSH(LR);
	ADDI(R0, 0);
	zero = BZ(0);
	ADDI(R0, -1);
	CALL(down);
	ADDI(R0, 2);
	mock_target(zero, mock_here());
	POPRET();
	jump = ADDI(R0, 100);
	B(work);
	leaf = ADDI(R0, 7);
	RET();
	bump = PUSH(LR);
	LD(R0, R5, 0);
	ADDI(R0, 1);
	ST(R0, R5, 0);
	POPRET();
	isr = PUSH(R0);
	PUSH(LR);
	CALL(bump);
	POP(LR);
	POP(R0);
	RETI();
	mock_cpu.vectors[TIMER] = isr;
	mock_cpu.regs.r[R5] = MOCK_RAM;
}

static void run(uintptr_t n)
{
	mock_cpu.regs.r[R0] = n;
	CHECK(mock_run(entry, 2000));
	EQ(mock_cpu.regs.r[R0], n + 3);
	EQ(mock_cpu.regs.r[SP], MOCK_MAIN_STACK);
	EQ(tl_table.running, 0);
}

/* A return probe that writes down what it saw: its mark on return, the upper case on entry. */
struct watcher {
	struct tl_kretprobe rp;
	char mark;
	unsigned nentry, nreturn;
	int (*entry)(struct watcher *, struct tl_kretprobe_instance *, struct mock_regs *);
	void (*handler)(struct watcher *, struct tl_kretprobe_instance *, struct mock_regs *);
	uintptr_t arg;       /* argument, kept in data from entry to return */
	uintptr_t value;     /* returned */
	uint32_t elapsed;    /* ticks */
	struct mock_regs at; /* as handler saw them */
};

static int on_entry(struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	struct watcher *w = (struct watcher *)in->rp;
	struct mock_regs *m = (struct mock_regs *)(void *)regs;

	CHECK(!mock_cpu.in_trap);
	w->nentry++;
	probes_mark((char)(w->mark - 'a' + 'A'));
	in->data[0] = m->r[R0];
	EQ(in->sp, m->r[SP]);
	return w->entry ? w->entry(w, in, m) : 0;
}

static int on_return(struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	struct watcher *w = (struct watcher *)in->rp;
	struct mock_regs *m = (struct mock_regs *)(void *)regs;

	CHECK(!mock_cpu.in_trap);
	w->nreturn++;
	probes_mark(w->mark);
	w->at = *m;
	w->arg = in->data[0];
	w->value = tl_regs_retval(regs, 0);
	w->elapsed = tl_ticks() - in->entry_time;
	EQ(in->ret_addr, m->r[PC]);
	EQ(in->sp, m->r[SP]);
	if (w->handler)
		w->handler(w, in, m);
	return 0;
}

enum { ENTRY = 1, RETURN = 2 };

static struct watcher watcher(uintptr_t addr, char mark, unsigned handlers)
{
	return (struct watcher){
	        .rp = {.kp.addr = addr,
	               .data_size = sizeof(uintptr_t),
	               .entry_handler = handlers & ENTRY ? on_entry : NULL,
	               .handler = handlers & RETURN ? on_return : NULL},
	        .mark = mark,
	};
}

static void add(struct watcher *w, uintptr_t addr, char mark, unsigned handlers)
{
	*w = watcher(addr, mark, handlers);
	EQ(tl_register_kretprobe(&w->rp), 0);
}

/* ---- one call ---- */

static void one_call(void)
{
	for (unsigned handlers = 0; handlers < 4; handlers++) {
		struct watcher w;
		struct mock_regs bare, probed;

		unit_at("handlers %u", handlers);
		start();
		run(4);
		bare = mock_cpu.regs;
		start();
		add(&w, work, 'w', handlers);
		run(4);
		probed = mock_cpu.regs;
		check_regs(&probed, &bare, 1u << LR); /* the return address is where the trampoline left it */
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
			run(i);
		EQ(w.rp.nmissed, 0);
		EQ(tl_unregister_kretprobe(&w.rp), 0);
		EQ(tl_unregister_kretprobe(&w.rp), -TL_ENOENT);
		run(1);
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

	start();
	add(&w, work, 'w', ENTRY | RETURN);
	w.entry = vetoes;
	for (unsigned i = 0; i < 200; i++)
		run(i);
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

	start();
	add(&w, work, 'w', RETURN);
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
		start();
		w = watcher(down, 'd', RETURN | (n & 1 ? ENTRY : 0));
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

	start();
	deep = watcher(down, 'd', RETURN);
	deep.rp.maxactive = 1000; /* more than there are */
	EQ(tl_register_kretprobe(&deep.rp), 0);
	EQ(depth_of(TL_RETURNS + 9), 2 * (TL_RETURNS + 9));
	EQ(deep.nreturn, TL_RETURNS);
	EQ(deep.rp.nmissed, 10);
	add(&w, work, 'w', RETURN);
	run(1);
	EQ(w.nreturn, 1);
}

/* ---- tail calls ---- */

static void tail_call(void)
{
	for (unsigned set = 1; set < 4; set++) {
		struct watcher to = {0}, from = {0};

		unit_at("set %u", set);
		start();
		if (set & 1)
			add(&from, jump, 'j', ENTRY | RETURN);
		if (set & 2)
			add(&to, work, 'w', ENTRY | RETURN);
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

/* No room for the one that is jumped to: the one that jumps returns all the same, and the other way round. */
static void tail_call_without_room(void)
{
	struct watcher to, from, deep;

	start();
	add(&from, jump, 'j', RETURN);
	deep = watcher(down, 'd', RETURN);
	deep.rp.maxactive = TL_RETURNS;
	to = watcher(work, 'w', RETURN);
	to.rp.maxactive = 1;
	EQ(tl_register_kretprobe(&to.rp) | tl_register_kretprobe(&deep.rp), 0);
	to.rp.kp.room = 0; /* as if a task sat in it */
	EQ(mock_call(jump, 5), 108);
	SAME(probes_log, "j");
	EQ(to.rp.nmissed, 1);
	to.rp.kp.room = 1;
	from.rp.kp.room = 0;
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

	start();
	add(&first, work, 'a', ENTRY | RETURN);
	add(&second, work, 'b', RETURN);
	watch_prepare(&kp, work, 'k', PRE | POST);
	kp.pre = reads_lr;
	EQ(tl_register_kprobe(&kp.kp), 0);
	EQ(client_hello(1), 0);
	EQ(native("QTl.add", "1,%lx,1,0,0,0,0", (long)work), 0);
	EQ(native("QTl.add", "2,%lx,3,0,0,0,0", (long)work), 0);
	for (unsigned i = 0; i < 20; i++) {
		probes_clear();
		run(i);
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
	run(1);
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

	start();
	add(&w, work, 'w', ENTRY | RETURN);
	watch_prepare(&kp, work, 'k', PRE);
	kp.pre = returns_at_once;
	EQ(tl_register_kprobe(&kp.kp), 0);
	run(1);
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
			start();
			add(&w, work, 'w', handlers);
			add(&in_isr, bump, 'i', handlers);
			mock_irq_at(count, TIMER);
			run(1);
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

			unit_at("handlers %u, %s", handlers, unprivileged ? "unprivileged" : "privileged");
			start();
			mock_cpu.unprivileged = unprivileged;
			add(&w, work, 'w', handlers);
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

static int entry_calls_work(struct watcher *w, struct tl_kretprobe_instance *in, struct mock_regs *m)
{
	calls_work(w, in, m);
	return 0;
}

/* The handlers call the probed function: missed, on every probe. */
static void nested(void)
{
	for (unsigned task = 0; task < 3; task++) {
		struct watcher w;
		struct watched in_body;

		unit_at("%s", task ? task == 1 ? "task" : "unprivileged task" : "main");
		start();
		mock_cpu.unprivileged = task == 2;
		add(&w, work, 'w', ENTRY | RETURN);
		w.entry = entry_calls_work;
		w.handler = calls_work;
		EQ(watch(&in_body, body, 'b', PRE), 0);
		if (task)
			EQ(mock_call_task(1, work, 1), 4);
		else
			run(1);
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

	start();
	add(&w, work, 'w', ENTRY | RETURN);
	w.handler = interrupted;
	add(&in_isr, bump, 'i', ENTRY | RETURN);
	run(1);
	SAME(probes_log, "WwIi");
	EQ(in_isr.rp.nmissed, 0);
}

/* Handlers in interrupts in handlers, more than there is memory for: the return goes its way, missed. */
static void interrupts_again(struct watcher *w, struct tl_kretprobe_instance *in, struct mock_regs *m)
{
	(void)w, (void)in;
	if (m->exception < 2 * TL_DISPATCHES)
		mock_irq((unsigned)m->exception + 1);
}

static void no_dispatch(void)
{
	struct watcher w, in_isr;

	start();
	for (unsigned i = 1; i < MOCK_VECTORS; i++)
		mock_cpu.vectors[i] = isr;
	add(&w, work, 'w', RETURN);
	add(&in_isr, bump, 'i', RETURN);
	w.handler = in_isr.handler = interrupts_again;
	run(1);
	EQ(w.nreturn + in_isr.nreturn, TL_DISPATCHES);
	EQ(in_isr.rp.nmissed, 1);
	EQ(*isr_count(), TL_DISPATCHES);
}

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

	start();
	out = entry + 6;
	add(&w, work, 'w', ENTRY | RETURN);
	watch_prepare(&in_body, body, 'b', PRE);
	in_body.pre = longjmps;
	EQ(tl_register_kprobe(&in_body.kp), 0);
	for (unsigned i = 0; i < 3 * TL_RETURNS; i++) {
		EQ(w.rp.nmissed, i ? i - 1 : 0); /* found dead by the next call */
		CHECK(mock_run(entry, 100));
	}
	EQ(w.nreturn, 0);
	EQ(tl_unregister_kprobe(&in_body.kp), 0);
	run(1);
	EQ(w.nreturn, 1);
	EQ(w.rp.nmissed, 3 * TL_RETURNS);
	/* One left lower in the stack pins its instance, until a call comes by there. */
	EQ(tl_register_kprobe(&in_body.kp), 0);
	mock_cpu.regs.r[SP] = MOCK_MAIN_STACK - 0x100;
	CHECK(mock_run(entry, 100));
	EQ(tl_unregister_kprobe(&in_body.kp), 0);
	add(&lower, leaf, 'l', RETURN);
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

	start();
	out = entry + 6;
	add(&w, work, 'w', RETURN);
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

	start();
	out = entry + 6;
	add(&w, work, 'w', ENTRY | RETURN);
	w.entry = leaves_entry;
	for (unsigned i = 1; i < 3 * TL_RETURNS; i++) {
		CHECK(mock_run(entry, 100));
		EQ(w.nentry, i);
	}
	w.entry = NULL;
	run(1);
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
	for (unsigned task = 0; task < 3; task++) {
		struct watcher w;
		struct watched in_body;

		unit_at("%s", task ? task == 1 ? "task" : "unprivileged task" : "main");
		start();
		mock_cpu.unprivileged = task == 2;
		leaving = &w;
		watch_prepare(&in_body, body, 'b', PRE);
		in_body.pre = unregisters;
		EQ(tl_register_kprobe(&in_body.kp), 0);
		for (unsigned i = 0; i < 2 * TL_RETURNS; i++) {
			add(&w, work, 'w', ENTRY | RETURN);
			probes_clear();
			if (task)
				EQ(mock_call_task(1, work, 1), 4);
			else
				run(1);
			SAME(probes_log, "Wb");
		}
		EQ(tl_unregister_kprobe(&in_body.kp), 0);
	}
}

static int moves(struct watched *w, struct mock_regs *m)
{
	(void)w, (void)m;
	EQ(tl_unregister_kretprobe(&leaving->rp), 0);
	add(leaving, bump, 'n', RETURN);
	return 0;
}

/* The object serves another function while the old call is still out. */
static void reused_under_way(void)
{
	struct watcher w;
	struct watched in_body;

	start();
	leaving = &w;
	watch_prepare(&in_body, body, 'b', PRE);
	in_body.pre = moves;
	EQ(tl_register_kprobe(&in_body.kp), 0);
	add(&w, work, 'w', RETURN);
	run(1);
	EQ(w.nreturn, 0);
	EQ(mock_call(bump, 0), 1);
	EQ(w.nreturn, 1);
	EQ(w.rp.kp.room, TL_RETURN_ACTIVE);
}

static void unregisters_itself(struct watcher *w, struct tl_kretprobe_instance *in, struct mock_regs *m)
{
	(void)in, (void)m;
	EQ(tl_unregister_kretprobe(&w->rp), 0);
}

static void unregistered_by_handler(void)
{
	struct watcher w;

	start();
	add(&w, work, 'w', ENTRY | RETURN);
	w.handler = unregisters_itself;
	run(1);
	run(1);
	SAME(probes_log, "Ww");
	EQ(w.rp.kp.state, 0);
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

	start();
	leaving = &w;
	watch_prepare(&in_body, body, 'b', PRE);
	in_body.pre = disables;
	EQ(tl_register_kprobe(&in_body.kp), 0);
	add(&w, work, 'w', ENTRY | RETURN);
	run(1);
	run(1);
	SAME(probes_log, "Wbb");
	EQ(tl_unregister_kprobe(&in_body.kp), 0);
	EQ(tl_enable_kprobe(&w.rp.kp), 0);
	run(1);
	EQ(w.nreturn, 1);
	EQ(w.rp.kp.room, TL_RETURN_ACTIVE);
}

/* ---- refusals ---- */

static void refusals(void)
{
	struct watcher w;
	struct watched never;
	uintptr_t at;

	start();
	at = MOV(R2, LR);
	RET();
	w = watcher(at, 'w', RETURN);
	EQ(tl_register_kretprobe(&w.rp), -TL_ERETURN);
	EQ(w.rp.kp.state, 0);
	EQ(tl_register_kprobe(&w.rp.kp), 0); /* a kprobe there is fine */
	EQ(tl_unregister_kprobe(&w.rp.kp), 0);
	w = watcher(work, 'w', RETURN);
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
	struct tl_kretprobe rp = {.entry_handler = taken, .handler = notes, .maxactive = TL_RETURNS};
	uintptr_t fired = 0;
	unsigned live = 0;

	start();
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
		} else if (model[i].deep < DEEP) { /* a call, which proves that what is there is dead; or a tail call */
			bool tail = model[i].deep && unit_below(2);

			regs.r[LR] = tail ? (uintptr_t)tl_return_trampoline : 2 * n;
			if (!tail) {
				missed += model[i].deep;
				live -= model[i].deep;
				model[i].deep = 0;
				model[i].ret = 2 * n;
			}
			tl_return_enter(&rp.kp, r);
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
		EQ(rp.kp.room, TL_RETURNS - live);
	}
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
