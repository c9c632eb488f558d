/* SPDX-License-Identifier: MIT */
/*
 * Return probes of hosts: counts, records with the elapsed time, filters, and sessions that end
 * while calls are under way.
 */
#include <string.h>

#include "base/clock.h"
#include "line/client.h"
#include "probe/table.h"
#include "probes.h"
#include "stream/remote.h"
#include "unit.h"

enum { COUNT = 2, SNAPSHOT = 3 };

/* main: r0 = work(r0), halts. work(n) = n + 3. keeps: reads the return address. down(n): calls
 * itself n times. */
static uintptr_t entry, work, body, keeps, down;

static void start(void)
{
	uintptr_t call, zero;

	client_start();
	mock_org(MOCK_TEXT);
	entry = NOP();
	call = CALL(0);
	HALT();
	work = PUSH(LR);
	mock_target(call, work);
	body = ADDI(R0, 1);
	ADDI(R0, 2);
	POPRET();
	keeps = MOV(R2, LR);
	RET();
	down = PUSH(LR);
	ADDI(R0, 0);
	zero = BZ(0);
	ADDI(R0, -1);
	CALL(down);
	mock_target(zero, mock_here());
	POPRET();
	EQ(client_hello(1), 0);
}

static void run(uintptr_t n)
{
	mock_cpu.regs = (struct mock_regs){.r = {[R0] = n, [SP] = MOCK_MAIN_STACK}};
	CHECK(mock_run(entry, 1000));
	EQ(mock_cpu.regs.r[R0], n + 3);
}

static int add(unsigned id, uintptr_t at, unsigned kind, unsigned every, unsigned limit)
{
	return native("QTl.add", "%x,%lx,%x,0,%x,%x,0", id, (long)at, kind, every, limit);
}

static void counted(void)
{
	start();
	EQ(add(1, work, COUNT, 0, 0), 0);
	EQ(field(0), TL_STEP_BOOSTED);
	for (unsigned i = 1; i <= 100; i++) {
		run(i);
		EQ(probe_state(1).recorded, i);
		check_identity(1);
	}
	EQ(probe_state(1).kind, COUNT);
	EQ(probe_state(1).hits, 100);
	EQ(native("QTl.enable", "1,0"), 0);
	run(1);
	EQ(native("QTl.enable", "1,1"), 0);
	run(1);
	EQ(probe_state(1).hits, 101);
}

static void recorded(void)
{
	uint32_t bare;

	start();
	bare = tl_ticks();
	run(0);
	bare = tl_ticks() - bare;
	EQ(add(1, work, SNAPSHOT, 0, 0), 0);
	EQ(add(2, body, 1, 0, 0), 0);
	for (unsigned i = 0; i < 10; i++) {
		run(i);
		client_drain();
	}
	EQ(client.nrecords, 20);
	for (unsigned i = 0; i < 10; i++) {
		const struct tl_record *in = &client.records[2 * i], *out = in + 1;

		EQ(in->probe, 2);
		CHECK(!in->returned);
		EQ(out->probe, 1);
		CHECK(out->returned);
		EQ(out->seq, i + 1);
		EQ(out->regs[R0], i + 3);
		EQ(out->regs[PC], entry + 6);
		EQ(out->regs[LR], entry + 6);
		EQ(out->regs[SP], MOCK_MAIN_STACK);
		CHECK(out->elapsed >= out->time - in->time && out->elapsed <= bare + 20);
	}
}

static void filtered(void)
{
	start();
	EQ(add(1, work, COUNT, 3, 0), 0);
	EQ(add(2, work, SNAPSHOT, 0, 5), 0);
	EQ(add(3, work, SNAPSHOT, 4, 2), 0);
	for (unsigned i = 0; i < 30; i++) {
		run(i);
		client_drain();
		for (unsigned id = 1; id <= 3; id++)
			check_identity(id);
	}
	EQ(probe_state(1).recorded, 10);
	EQ(probe_state(1).filtered, 20);
	EQ(probe_state(2).hits, 5);
	EQ(probe_state(2).enabled, 0);
	EQ(probe_state(3).recorded, 2);
	EQ(probe_state(3).filtered, 6);
	EQ(client.nrecords, 7);
}

static void missed(void)
{
	start();
	EQ(add(1, down, COUNT, 0, 0), 0);
	EQ(mock_call(down, TL_RETURN_ACTIVE + 4), 0);
	EQ(probe_state(1).recorded, TL_RETURN_ACTIVE);
	EQ(probe_state(1).missed, 5);
	EQ(probe_state(1).hits, TL_RETURN_ACTIVE + 5);
}

static void dropped(void)
{
	start();
	EQ(add(1, work, SNAPSHOT, 0, 0), 0);
	for (unsigned i = 0; i < 200; i++)
		run(i);
	CHECK(probe_state(1).dropped > 100);
	check_identity(1);
}

/* A handler in the function's body does what ends the probe, or its session. */
static int deletes(struct watched *w, struct mock_regs *m)
{
	(void)w, (void)m;
	EQ(tl_remote_del(tl_remote_find(1)), 0);
	return 0;
}

static int session_ends(struct watched *w, struct mock_regs *m)
{
	(void)w, (void)m;
	tl_session_end(false);
	return 0;
}

static void gone_under_way(void)
{
	for (unsigned way = 0; way < 2; way++)
		for (unsigned kind = COUNT; kind <= SNAPSHOT; kind++) {
			struct watched w;

			unit_at("%s, kind %u", way ? "session ends" : "deleted", kind);
			start();
			watch_prepare(&w, body, 'b', PRE);
			w.pre = way ? session_ends : deletes;
			EQ(tl_register_kprobe(&w.kp), 0);
			for (unsigned i = 0; i < 2 * TL_RETURNS; i++) {
				CHECK(client_hello(1) == 0);
				EQ(add(1, work, kind, 0, 0), 0);
				run(i);
				EQ(w.npre, i + 1);
				CHECK(!tl_remote_find(1));
			}
			client_drain();
			EQ(client.nrecords, 0);
			EQ(tl_unregister_kprobe(&w.kp), 0);
			EQ(add(1, work, COUNT, 0, 0), 0);
			run(1);
			EQ(probe_state(1).hits, 1);
			EQ(native("QTl.del", "1"), 0);
		}
}

static void in_tasks(void)
{
	for (unsigned unprivileged = 0; unprivileged < 2; unprivileged++) {
		unit_at("%s", unprivileged ? "unprivileged" : "privileged");
		start();
		mock_cpu.unprivileged = unprivileged;
		EQ(add(1, work, SNAPSHOT, 0, 0), 0);
		EQ(add(2, work, COUNT, 0, 0), 0);
		for (unsigned i = 0; i < 10; i++)
			EQ(mock_call_task(1 + i % 3, work, i), i + 3);
		EQ(probe_state(1).recorded, 10);
		EQ(probe_state(2).recorded, 10);
		client_drain();
		EQ(client.nrecords, 10);
		EQ(client.records[9].regs[R0], 12);
		EQ(client.records[9].regs[PC], MOCK_RETURN);
		EQ(native("QTl.del", "1") | native("QTl.del", "2"), 0);
	}
}

static void refused(void)
{
	start();
	EQ(add(1, keeps, COUNT, 0, 0), -TL_ERETURN);
	EQ(add(1, keeps, SNAPSHOT, 0, 0), -TL_ERETURN);
	EQ(native("qTl.check", "%lx,2", (long)keeps), -TL_ERETURN);
	EQ(native("qTl.check", "%lx,0", (long)keeps), 0);
	EQ(native("qTl.check", "%lx", (long)keeps), 0);
	EQ(native("qTl.check", "%lx,3", (long)work), 0);
	EQ(native("qTl.check", "%lx,4", (long)work), -TL_EINVAL);
	EQ(add(1, keeps, 1, 0, 0), 0);
	EQ(add(2, work, 4, 0, 0), -TL_EINVAL);
	EQ(add(2, work, COUNT, 0, 0), 0);
	EQ(add(2, work, COUNT, 0, 0), 0);
	EQ(add(2, work, SNAPSHOT, 0, 0), -TL_EBUSY);
}

static const struct unit_test tests[] = {
        {"counted", counted},
        {"recorded, with the elapsed time", recorded},
        {"every and limit", filtered},
        {"too many at once", missed},
        {"no room in the ring", dropped},
        {"deleted or its session over while calls are under way", gone_under_way},
        {"in tasks", in_tasks},
        {"refused", refused},
};
UNIT_MAIN(tests)
