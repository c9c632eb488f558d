/* SPDX-License-Identifier: MIT */
/*
 * What is never probed though it is the firmware's: what tl_port.ticks runs, and where no trap may
 * come. And that ticks, where not all that it runs is known, is not called in a trap: the mock
 * board ends the program otherwise (mock_cpu.ticks_runs).
 */
#include "base/clock.h"
#include "probe/guard.h"
#include "probe/table.h"
#include "probes.h"
#include "stream/remote.h"
#include "unit.h"

static int check(uintptr_t addr)
{
	struct tl_insn insn;

	return tl_probe_check(addr, false, &insn);
}

/* mock_cpu.ticks has changed, as no firmware's does: the agent looks again when a root has
   moved. */
static void look_again(void)
{
	mock_cpu.roots[1] = 0xdead0000;
	tl_guard_settle();
	mock_cpu.roots[1] = 0;
	tl_guard_settle();
}

/* The machine, with what `write` emits as ticks; probed code comes behind it. */
static void start(void (*write)(void))
{
	client_start();
	mock_org(MOCK_TEXT);
	write();
	mock_cpu.ticks = MOCK_TEXT;
	look_again();
	EQ(client_hello(1), 0);
}

/* ---- direct calls ---- */

static uintptr_t helper, loop, tail, after, second;

/* ticks: helper(), then a loop that begins with a jump to its end, then goes on in `tail`. `after`
 * is nobody's. */
static void write_direct(void)
{
	uintptr_t call, to_end, to_tail;

	PUSH(LR);
	call = CALL(0);
	to_end = B(0);
	loop = ADDI(R1, 1);
	mock_target(to_end, mock_here());
	BZ(loop);
	POP(LR);
	to_tail = B(0);
	after = NOP();
	RET();
	helper = NOP();
	mock_target(call, helper);
	second = BZ(helper);
	RET();
	NOP();
	tail = NOP();
	mock_target(to_tail, tail);
	RET();
}

static void direct(void)
{
	start(write_direct);
	EQ(check(MOCK_TEXT), -TL_ENOPROBE);
	EQ(check(helper), -TL_ENOPROBE);
	EQ(check(second), -TL_ENOPROBE);
	EQ(check(loop), -TL_ENOPROBE);
	EQ(check(tail), -TL_ENOPROBE);
	EQ(check(after), 0);
	EQ(check(tail - 2), 0);
	CHECK(!tl_ticks_opaque);
	EQ(native("qTl.check", "%lx", (long)helper), -TL_ENOPROBE);
	EQ(native("QTl.add", "1,%lx,1,0,0,0,0", (long)helper), -TL_ENOPROBE);
}

/* Patches are no part of what is walked: a probe that is there already does not end it. */
static void patched(void)
{
	static struct watched w;

	client_start();
	mock_org(MOCK_TEXT);
	write_direct();
	EQ(watch(&w, helper, 'a', PRE), 0);
	mock_cpu.ticks = MOCK_TEXT;
	look_again();
	EQ(check(second), -TL_ENOPROBE);
	EQ(check(after), 0);
}

/* ---- ticks of which not all is known ---- */

static uintptr_t pointed, entry, work;

/* ticks calls what a pointer leads to. main: r0 = work(r0). */
static void write_pointer(void)
{
	uintptr_t load, call;

	PUSH(LR);
	PUSH(R1);
	load = LDL(R1);
	CALLR(R1);
	POP(R1);
	POPRET();
	mock_target(load, mock_word(MOCK_TEXT + 0x100));
	mock_org(MOCK_TEXT + 0x100);
	pointed = NOP();
	NOP();
	RET();
	entry = NOP();
	call = CALL(0);
	HALT();
	work = PUSH(LR);
	mock_target(call, work);
	ADDI(R0, 1);
	POPRET();
}

static void run(uintptr_t n)
{
	mock_cpu.regs = (struct mock_regs){.r = {[R0] = n, [SP] = MOCK_MAIN_STACK}};
	CHECK(mock_run(entry, 10000));
	EQ(mock_cpu.regs.r[R0], n + 1);
}

static int add(unsigned id, uintptr_t at, unsigned kind)
{
	return native("QTl.add", "%x,%lx,%x,0,0,0,0", id, (long)at, kind);
}

static void start_pointer(void)
{
	start(write_pointer);
	mock_cpu.ticks_runs = true;
	EQ(check(MOCK_TEXT), -TL_ENOPROBE);
	CHECK(tl_ticks_opaque);
	EQ(check(pointed), 0); /* only a run shows it */
}

/* Snapshots and returns all the same, and what ticks calls meanwhile is stepped and counted as
 * missed. */
static void by_pointer(void)
{
	unsigned before, all = 0;

	start_pointer();
	EQ(add(1, work, TL_KIND_SNAPSHOT), 0);
	EQ(add(2, work, TL_KIND_SNAPSHOT | TL_KIND_RETURN), 0);
	EQ(add(3, work + 2, TL_KIND_COUNT), 0);
	EQ(add(4, pointed, TL_KIND_SNAPSHOT), 0);
	EQ(add(5, pointed + 2, TL_KIND_COUNT), 0);
	client_drain();
	before = client.nrecords;
	for (unsigned i = 1; i <= 20; i++) {
		run(i);
		client_drain();
	}
	for (unsigned id = 1; id <= 5; id++)
		check_identity(id);
	for (unsigned id = 1; id <= 3; id++)
		EQ(probe_state(id).recorded, 20);
	CHECK(probe_state(4).missed >= 20 && probe_state(5).missed >= 20);
	for (unsigned i = before; i < client.nrecords; i++)
		all += client.records[i].probe <= 2;
	EQ(all, 40);
}

/* Where a task's return traps, too. */
static void unprivileged(void)
{
	start_pointer();
	mock_cpu.unprivileged = true;
	mock_cpu.tasks = 1;
	EQ(add(1, work, TL_KIND_SNAPSHOT | TL_KIND_RETURN), 0);
	EQ(add(2, pointed, TL_KIND_SNAPSHOT), 0);
	for (unsigned i = 1; i <= 10; i++)
		EQ(mock_call_task(0, work, i), i + 1);
	client_drain();
	EQ(probe_state(1).recorded, 10);
	check_identity(1);
	check_identity(2);
}

/* More pieces than there is room for. */
static void write_many(void)
{
	uintptr_t calls[TL_GUARD + 1];

	for (unsigned i = 0; i <= TL_GUARD; i++)
		calls[i] = CALL(0);
	RET();
	for (unsigned i = 0; i <= TL_GUARD; i++) {
		mock_target(calls[i], NOP());
		RET();
	}
}

static void too_much(void)
{
	start(write_many);
	EQ(check(MOCK_TEXT), -TL_ENOPROBE);
	CHECK(tl_ticks_opaque);
}

/* ---- no trap possible ---- */

static void roots(void)
{
	start(write_direct);
	mock_cpu.ticks = 0;
	look_again();
	mock_cpu.roots[0] = MOCK_TEXT; /* moves late, and so does ticks */
	EQ(check(helper), -TL_EPRIO);
	EQ(check(MOCK_TEXT), -TL_EPRIO);
	EQ(check(after), 0);
	CHECK(!tl_ticks_opaque);
	mock_cpu.roots[0] = after;
	EQ(check(helper), 0);
	EQ(check(after), -TL_EPRIO);
	mock_cpu.roots[1] = MOCK_TEXT; /* what it calls may be probed */
	EQ(check(MOCK_TEXT), -TL_ETRAP);
	EQ(check(tail), -TL_ETRAP);
	EQ(check(helper), 0);
	mock_cpu.roots[0] = mock_cpu.roots[1] = 0;
	EQ(check(after), 0);
}

/* Nonsense in the place of a handler ends the walk. */
static void nonsense(void)
{
	start(write_direct);
	mock_cpu.roots[0] = 0xdead0000;
	EQ(check(after), 0);
	mock_cpu.roots[0] = MOCK_RAM + MOCK_RAM_SIZE - 2;
	EQ(check(after), 0);
	EQ(check(helper), -TL_ENOPROBE);
}

static const struct unit_test tests[] = {
        {"what ticks runs is refused", direct},
        {"whatever is patched there", patched},
        {"ticks that calls by pointer is called outside of traps", by_pointer},
        {"also for returns to unprivileged code", unprivileged},
        {"so is ticks that runs too much", too_much},
        {"code where no trap may come is refused", roots},
        {"wherever a vector leads", nonsense},
};

UNIT_MAIN(tests)
