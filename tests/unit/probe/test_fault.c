/* SPDX-License-Identifier: MIT */
/*
 * Faults of displaced and simulated instructions: who sees them, with which registers, and what a
 * handler that retries gets.
 */
#include <string.h>

#include "line/packet.h"
#include "probe/table.h"
#include "probes.h"
#include "unit.h"

/* li r1, 77; ld r2, [r6]; addi r0, 1; halt: r6 is MOCK_PAGE, which is not mapped. */
static uintptr_t load;
/* jm [r6]; li r0, 1; halt */
static uintptr_t jump;

static struct mock_regs seen; /* by the firmware's handler */
static unsigned handled;
static enum { SKIP, MAP, STOP } what;

static void firmware_handler(void)
{
	CHECK(!mock_cpu.in_trap);
	seen = mock_cpu.regs;
	handled++;
	probes_mark('*');
	switch (what) {
	case SKIP:
		mock_cpu.regs.r[PC] += 4;
		break;
	case MAP: /* and try again */
		mock_cpu.page = true;
		*(uintptr_t *)MOCK_PAGE = load + 4;
		break;
	case STOP:
		mock_cpu.halted = true;
		break;
	}
}

static void start(void)
{
	client_start();
	probes_clear();
	handled = 0;
	what = SKIP;
	mock_org(MOCK_TEXT);
	LI(R1, 77);
	load = LD(R2, R6, 0);
	ADDI(R0, 1);
	HALT();
	jump = JM(R6, 0);
	ADDI(R0, 1);
	HALT();
	mock_cpu.regs.r[R6] = MOCK_PAGE;
	EQ(tl_chain_handler(5, firmware_handler), 0);
}

static int claims(struct watched *w, struct mock_regs *m)
{
	(void)w;
	m->r[PC] += 4;
	m->r[R3] = 33;
	return 1;
}

static int maps_and_retries(struct watched *w, struct mock_regs *m)
{
	(void)w, (void)m;
	mock_cpu.page = true;
	return 1;
}

/* Runs to the end from an instruction that faults; the registers at its start. */
static struct mock_regs run(uintptr_t at)
{
	struct mock_regs before = mock_cpu.regs;

	CHECK(mock_run(at, 200));
	EQ(tl_table.running, 0);
	before.r[PC] = at;
	return before;
}

/* The firmware's handler sees the original pc and registers, whatever handlers there are. */
static void passed_on(void)
{
	const uintptr_t *at[] = {&load, &jump};

	for (unsigned k = 0; k < 2; k++)
		for (unsigned handlers = 0; handlers < 8; handlers++) {
			struct mock_regs before;
			struct watched w;

			unit_at("%s with handlers %u", k ? "jump" : "load", handlers);
			start();
			EQ(watch(&w, *at[k], 'a', handlers), 0);
			before = run(*at[k]);
			EQ(handled, 1);
			check_regs(&seen, &before, 0);
			EQ(mock_cpu.fault, MOCK_PAGE);
			EQ(mock_cpu.regs.r[R0], 1);
			EQ(w.nfault, handlers & FAULT ? 1 : 0);
			if (handlers & FAULT)
				check_regs(&w.before, &before, 0);
			EQ(w.npost, 0); /* the instruction never ended */
			EQ(w.kp.hits, 1);
			EQ(tl_unregister_kprobe(&w.kp), 0);
		}
}

/* What a handler repairs and retries is bare: no second hit; it is armed again when the agent is
 * polled. */
static void retried(void)
{
	for (unsigned handlers = 0; handlers < 8; handlers++) {
		struct watched w;

		unit_at("handlers %u", handlers);
		start();
		what = MAP;
		EQ(watch(&w, load, 'a', handlers), 0);
		run(load);
		EQ(handled, 1);
		EQ(w.kp.hits, 1);
		EQ(w.npre, handlers & PRE ? 1 : 0);
		EQ(w.npost, 0);
		EQ(mock_cpu.regs.r[R2], load + 4);
		CHECK(*(uint8_t *)load != MOCK_BRK);
		tl_poll();
		EQ(*(uint8_t *)load, MOCK_BRK);
		run(load);
		EQ(handled, 1);
		EQ(w.kp.hits, 2);
		EQ(w.npost, handlers & POST ? 1 : 0);
		EQ(tl_unregister_kprobe(&w.kp), 0);
	}
}

static void claimed(void)
{
	const uintptr_t *at[] = {&load, &jump};

	for (unsigned k = 0; k < 2; k++) {
		struct watched first, second, third;

		unit_at("%s", k ? "jump" : "load");
		start();
		EQ(watch(&first, *at[k], 'a', PRE | POST | FAULT), 0);
		watch_prepare(&second, *at[k], 'b', FAULT);
		second.fault = claims;
		EQ(tl_register_kprobe(&second.kp), 0);
		EQ(watch(&third, *at[k], 'c', FAULT | POST), 0);
		run(*at[k]);
		SAME(probes_log, "aa!b!");
		EQ(handled, 0);
		EQ(mock_cpu.regs.r[R3], 33);
		EQ(mock_cpu.regs.r[R0], 1);
		EQ(tl_unregister_kprobe(&first.kp) | tl_unregister_kprobe(&second.kp) |
		           tl_unregister_kprobe(&third.kp),
		   0);
	}
}

/* Claimed, mapped, resumed at the instruction: it hits again and goes through. */
static void claimed_and_retried(void)
{
	struct watched w;

	start();
	watch_prepare(&w, load, 'a', PRE | POST | FAULT);
	w.fault = maps_and_retries;
	EQ(tl_register_kprobe(&w.kp), 0);
	run(load);
	SAME(probes_log, "aa!aA");
	EQ(handled, 0);
}

/* Not claimed, but memory has become readable meanwhile: the instruction goes through. */
static int maps_only(struct watched *w, struct mock_regs *m)
{
	(void)w, (void)m;
	mock_cpu.page = true;
	*(uintptr_t *)MOCK_PAGE = jump + 4;
	return 0;
}

static void repaired_unclaimed(void)
{
	const uintptr_t *at[] = {&load, &jump};

	for (unsigned k = 0; k < 2; k++) {
		struct watched w;

		unit_at("%s", k ? "jump" : "load");
		start();
		watch_prepare(&w, *at[k], 'a', POST | FAULT);
		w.fault = maps_only;
		EQ(tl_register_kprobe(&w.kp), 0);
		run(*at[k]);
		SAME(probes_log, "a!A");
		EQ(handled, 0);
		EQ(mock_cpu.regs.r[R0], 1);
		EQ(tl_unregister_kprobe(&w.kp), 0);
	}
}

/* A handler's own fault is the firmware's, with the handler's registers. */
static int pre_faults(struct watched *w, struct mock_regs *m)
{
	(void)m;
	mock_call((uintptr_t)w->kp.data, 0);
	return 0;
}

static void fault_in_handler(void)
{
	struct watched w;
	uintptr_t function;

	start();
	function = LDL(R6);
	uintptr_t access = LD(R2, R6, 8);
	RET();
	mock_target(function, mock_word(MOCK_PAGE));
	watch_prepare(&w, load, 'a', PRE | FAULT);
	w.pre = pre_faults;
	w.kp.data = (void *)function;
	EQ(tl_register_kprobe(&w.kp), 0);
	mock_cpu.page = false;
	what = SKIP;
	CHECK(mock_run(load - 4, 200));
	SAME(probes_log, "a*a!*"); /* the handler's fault, then the instruction's own */
	CHECK(access);
	EQ(tl_table.running, 0);
}

/* Simulated loads without any handler fault like the bare instruction; in a nested hit too. */
static int pre_calls(struct watched *w, struct mock_regs *m)
{
	uintptr_t r6 = mock_cpu.regs.r[R6];

	(void)m;
	mock_cpu.regs.r[R6] = MOCK_PAGE;
	mock_call((uintptr_t)w->kp.data, 0);
	mock_cpu.regs.r[R6] = r6;
	return 0;
}

static void fault_in_nested_hit(void)
{
	struct watched outer, inner;
	uintptr_t function, access;

	for (unsigned simulated = 0; simulated < 2; simulated++) {
		unit_at(simulated ? "simulated" : "slot");
		start();
		mock_cpu.page = true;
		*(uintptr_t *)MOCK_PAGE = jump + 4;
		function = NOP();
		access = simulated ? JM(R6, 8) : LD(R2, R6, 8);
		RET();
		EQ(watch(&inner, access, 'i', PRE | POST | FAULT), 0);
		watch_prepare(&outer, load, 'o', PRE);
		outer.pre = pre_calls;
		outer.kp.data = (void *)function;
		EQ(tl_register_kprobe(&outer.kp), 0);
		mock_cpu.page = false;
		CHECK(mock_run(load, 200));
		EQ(inner.kp.hits, 1);
		EQ(inner.kp.nmissed, 1);
		SAME(probes_log, "o**");
		EQ(seen.r[PC], load);
		EQ(tl_table.running, 0);
		EQ(tl_unregister_kprobe(&inner.kp) | tl_unregister_kprobe(&outer.kp), 0);
	}
}

/* A fault that comes late, when the slot's instruction is done: nothing is done twice, and no
 * fault_handler is asked. */
static void late(void)
{
	struct watched w;

	start();
	EQ(watch(&w, load, 'a', FAULT), 0);
	mock_cpu.regs.r[PC] = (uintptr_t)tl_slots[w.kp.probe.point] + 4;
	mock_trap(TL_CAUSE_BUS);
	EQ(handled, 1);
	EQ(seen.r[PC], load + 4);
	EQ(w.nfault, 0);

	/* The same without a status that tells: no breakpoint stands there. */
	EQ(tl_unregister_kprobe(&w.kp), 0);
	EQ(watch(&w, load, 'a', 0), 0);
	tl_chain_handler(12, firmware_handler);
	mock_cpu.regs.r[PC] = (uintptr_t)tl_slots[w.kp.probe.point] + 4;
	mock_trap(TL_CAUSE_BREAK);
	EQ(handled, 2);
	EQ(seen.r[PC], load + 4);
	EQ(tl_table.running, 0);
}

/* ---- what is not ours ---- */

static unsigned breaks;
static void on_break(void)
{
	breaks++;
	seen = mock_cpu.regs;
	mock_cpu.regs.r[PC] += 2;
}

static void foreign_breakpoint(void)
{
	uintptr_t own;

	start();
	own = BRK(0x12);
	HALT();
	tl_chain_handler(12, on_break);
	mock_cpu.regs.r[R5] = 55;
	CHECK(mock_run(own, 10));
	EQ(breaks, 1);
	EQ(seen.r[PC], own);
	EQ(seen.r[R5], 55);
	EQ(tl_chain_handler(2, on_break), -TL_EINVAL);
	EQ(tl_chain_handler(13, on_break), -TL_EINVAL);
}

/* The firmware's own, written where a probe was once. */
static void foreign_breakpoint_at_old_point(void)
{
	struct watched w;
	uintptr_t at;

	start();
	at = NOP();
	HALT();
	EQ(watch(&w, at, 'a', PRE), 0);
	EQ(tl_unregister_kprobe(&w.kp), 0);
	mock_org(at);
	BRK(0x12);
	breaks = 0;
	tl_chain_handler(12, on_break);
	CHECK(mock_run(at, 10));
	EQ(breaks, 1);
	EQ(seen.r[PC], at);
}

static void foreign_fault(void)
{
	struct watched w;

	start();
	EQ(watch(&w, jump, 'a', PRE | FAULT), 0);
	run(load); /* not probed */
	EQ(handled, 1);
	EQ(seen.r[PC], load);
	SAME(probes_log, "*");
}

/* Where a further trap would be fatal everything is disarmed before the firmware's handler runs,
 * until the agent is polled. */
static void before_hard_fault(void)
{
	struct watched w;

	start();
	EQ(watch(&w, MOCK_TEXT, 'a', PRE), 0);
	mock_cpu.untrappable = true;
	CHECK(mock_run(load, 100));
	EQ(handled, 1);
	EQ(*(uint8_t *)MOCK_TEXT, MOCK_LI);
	CHECK(tl_held());
	mock_cpu.untrappable = false;
	tl_poll();
	EQ(*(uint8_t *)MOCK_TEXT, MOCK_BRK);
	CHECK(!tl_held());

	/* A user's own disarming stays. */
	tl_disarm_all();
	mock_cpu.untrappable = true;
	CHECK(mock_run(load, 100));
	tl_poll();
	EQ(*(uint8_t *)MOCK_TEXT, MOCK_LI);
	tl_arm_all();
	EQ(*(uint8_t *)MOCK_TEXT, MOCK_BRK);
}

static const struct unit_test tests[] = {
        {"the firmware's handler sees the original pc and registers", passed_on},
        {"it repairs and retries: the text is bare until the next poll", retried},
        {"a fault handler claims the fault", claimed},
        {"a fault handler repairs and retries", claimed_and_retried},
        {"repaired though not claimed", repaired_unclaimed},
        {"a handler's own fault", fault_in_handler},
        {"a fault in a nested hit", fault_in_nested_hit},
        {"a fault after the slot's instruction", late},
        {"a breakpoint of the firmware's own", foreign_breakpoint},
        {"and where a probe was", foreign_breakpoint_at_old_point},
        {"a fault of the firmware's own", foreign_fault},
        {"all disarmed before a handler that no trap may interrupt", before_hard_fault},
};
UNIT_MAIN(tests)
