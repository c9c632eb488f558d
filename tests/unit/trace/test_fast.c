/* SPDX-License-Identifier: MIT */
/*
 * Jump probes: fast tracepoints whose hits do not trap, in code that is suspended anywhere while
 * they come, go and change.
 */
#include <string.h>

#include "probe/front.h"
#include "probe/jump.h"
#include "probe/stops.h"
#include "probe/table.h"
#include "probe/text.h"
#include "probes.h"
#include "trace/notes.h"
#include "trace/trace.h"
#include "unit.h"

static uintptr_t at;   /* the instruction that is traced: add r1, 3 */
static uintptr_t last; /* of the program, behind it */

/* r1 = 5 + 3, r2 = r1 + 4; an interrupt's handler counts in r7's place, in memory. */
static void start(void)
{
	client_start();
	mock_org(MOCK_TEXT);
	LI(R1, 5);
	at = ADDI(R1, 3);
	MOV(R2, R1);
	ADDI(R2, 4);
	last = HALT();
}

static struct tl_tracepoint *trace(unsigned number, uintptr_t addr)
{
	struct tl_tracepoint want = {.number = (uint16_t)number,
	                             .enabled = true,
	                             .fast = 4,
	                             .addr = addr},
	                     *tp;

	EQ(tl_note_add(TL_NOTE_REGISTERS, "f", 1), 0);
	EQ(tl_tracepoint_define(&want, &tp), 0);
	EQ(tl_tracepoint_complete(tp), 0);
	return tp;
}

static const struct tl_point *point_of(const struct tl_tracepoint *tp)
{
	return &tl_table.points[tp->probe.point];
}

static void run(void)
{
	mock_cpu.regs.r[R1] = mock_cpu.regs.r[R2] = 0;
	CHECK(mock_run(MOCK_TEXT, 1000));
	EQ(mock_cpu.regs.r[R1], 8);
	EQ(mock_cpu.regs.r[R2], 12);
	EQ(mock_cpu.irq_off, false);
}

static uintptr_t frame_reg(unsigned n)
{
	struct tl_traceframe f = tl_traceframe_none();
	struct tl_trace_block block;
	uintptr_t value;

	CHECK(tl_traceframe_next(&f));
	CHECK(tl_traceframe_block(&f, f.at, &block));
	EQ(block.kind, 'R');
	tl_trace_copy(block.at + n * (unsigned)sizeof value, &value, sizeof value);
	return value;
}

/* ---- */

static void a_hit(void)
{
	struct tl_tracepoint *tp;
	uint8_t before[8], seen[8];
	unsigned traps;

	start();
	memcpy(before, (void *)at, sizeof before);
	tp = trace(1, at);
	EQ(tl_trace_start(), 0);
	EQ(point_of(tp)->armed, TL_ARMED_JUMP);
	EQ(*(uint8_t *)at, MOCK_B);
	EQ(tl_read_memory(at, seen, sizeof seen), 0);
	CHECK(!memcmp(seen, before, sizeof seen));
	for (uintptr_t i = 0; i < TL_JUMP_LEN; i++) { /* any part of it */
		EQ(tl_read_memory(at + i, seen, 1), 0);
		EQ(seen[0], before[i]);
	}
	traps = mock_cpu.traps;
	run();
	EQ(mock_cpu.traps, traps);
	EQ(tp->traced, 1);
	EQ(tp->probe.hits, 1);
	EQ(frame_reg(R1), 5);
	EQ(frame_reg(PC), at);
	EQ(tl_is_halted(), false);
	tl_trace_stop(TL_TRACE_STOPPED);
	CHECK(!memcmp((void *)at, before, sizeof before));
	run();
	EQ(tp->traced, 1);
}

static void the_run_ends_in_a_pad(void)
{
	struct tl_tracepoint *tp;

	start();
	tp = trace(1, at);
	tp->pass = 1;
	EQ(tl_trace_start(), 0);
	run();
	EQ(tl_trace.running, false);
	EQ(tl_trace.end, TL_TRACE_PASSCOUNT);
	EQ(*(uint8_t *)at, MOCK_ADDI);
	EQ(tl_is_halted(), false);
}

/* ---- where it is none ---- */

static void refusals(void)
{
	static const struct {
		enum mock_op op;
		uintptr_t at;
		const char *why;
	} cases[] = {
	        {MOCK_ADDI, 0, NULL},
	        {MOCK_ST, 0, NULL},
	        {MOCK_NOP, 0, "the instruction is shorter than a jump"},
	        {MOCK_B, 0, "the instruction is simulated"},
	        {MOCK_RET, 0, "the instruction is shorter than a jump"},
	        {MOCK_FAR, 0, "a jump does not reach so far"},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tl_tracepoint *tp;
		const char *why;

		unit_at("%u", i);
		start();
		mock_org(MOCK_TEXT + 0x100);
		mock_emit(cases[i].op, R1, R1, 4);
		HALT();
		tp = trace(1, MOCK_TEXT + 0x100);
		EQ(tl_trace_start(), 0);
		why = tl_fast_refusal(point_of(tp));
		EQ(!why, !cases[i].why);
		if (why)
			SAME(why, cases[i].why);
		EQ(point_of(tp)->armed, why ? TL_ARMED_BREAK : TL_ARMED_JUMP);
		EQ(*(uint8_t *)(MOCK_TEXT + 0x100), why ? MOCK_BRK : MOCK_B);
		tl_trace_forget();
	}
}

static void out_of_reach(void)
{
	uint8_t code[TL_JUMP_LEN];

	CHECK(mock64.jump(MOCK_PADS - 0x7ffe, MOCK_PADS, code));
	CHECK(mock64.jump(MOCK_PADS + 0x8000, MOCK_PADS, code));
	CHECK(!mock64.jump(MOCK_PADS - 0x8000, MOCK_PADS, code));
	CHECK(!mock64.jump(MOCK_PADS + 0x8002, MOCK_PADS, code));
}

/* The text does not take it: nothing has changed. */
static void in_flash(void)
{
	start();
	trace(1, at);
	mock_cpu.text_is_rom = true;
	EQ(tl_trace_start(), -TL_EROM);
	EQ(tl_trace.running, false);
	run();
}

/* ---- contexts ---- */

static void unprivileged(void)
{
	struct tl_tracepoint *tp;
	unsigned traps;
	uintptr_t function;

	start();
	mock_org(MOCK_TEXT + 0x200);
	function = LI(R0, 30);
	at = ADDI(R0, 12);
	RET();
	tp = trace(1, at);
	EQ(tl_trace_start(), 0);
	mock_cpu.unprivileged = true;
	traps = mock_cpu.traps;
	EQ(mock_call_task(0, function, 0), 42);
	EQ(mock_cpu.traps, traps + 2); /* in the pad, and when all is done on the agent's stack */
	EQ(tp->traced, 1);
	EQ(tp->missed, 0);
	EQ(frame_reg(R0), 30);
	EQ(frame_reg(PC), at);
}

/* Where a trap would be fatal, and where the agent's stack is in use. */
static void missed(void)
{
	struct tl_tracepoint *tp;

	start();
	tp = trace(1, at);
	EQ(tl_trace_start(), 0);
	mock_cpu.regs.masked = 1;
	run();
	EQ(tp->traced, 0);
	EQ(tp->missed, 1);
	mock_cpu.regs.masked = 0;
	tl_halted = true;
	run();
	EQ(tp->traced, 0);
	EQ(tp->missed, 2);
	EQ(tl_halted, true);
	tl_halted = false;
	run();
	EQ(tp->traced, 1);
	EQ(tp->missed, 2);
}

/* ---- what an interrupt finds suspended, wherever that is ---- */

static struct tl_tracepoint *traced;
static struct watched beside;

static void disable(void)
{
	EQ(tl_tracepoint_enable(traced, false), 0);
}

static void disable_and_enable(void)
{
	disable();
	EQ(tl_tracepoint_enable(traced, true), 0);
}

static void stop(void)
{
	tl_trace_stop(TL_TRACE_STOPPED);
}

static void forget(void)
{
	tl_trace_forget();
}

static void again(void)
{
	tl_trace_forget();
	traced = trace(2, at);
	EQ(tl_trace_start(), 0);
}

static void share(void)
{
	EQ(watch(&beside, at, 'a', PRE | POST), 0);
}

static void another_kind(void)
{
	forget();
	share();
}

static void disarm(void)
{
	tl_disarm_all();
}

static void (*change)(void);

static int on_interrupt(struct watched *w, struct mock_regs *m)
{
	(void)w, (void)m;
	change();
	return 0;
}

/*
 * The change comes after 0, 1, 2 … instructions, so at the jump, at each step of the pad and of the
 * slot, and behind. What it finds there goes on as if nothing had been.
 */
static void suspended(void)
{
	static const struct {
		const char *name;
		void (*change)(void);
		unsigned least, most; /* hits of what is there */
	} changes[] = {
	        {"disabled", disable, 0, 1},
	        {"disabled and enabled", disable_and_enable, 1, 1},
	        {"the run ends", stop, 0, 1},
	        {"forgotten", forget, 0, 1},
	        {"another run", again, 0, 1},
	        {"a kprobe comes", share, 1, 2},
	        {"a kprobe comes instead", another_kind, 1, 1},
	        {"all disarmed", disarm, 0, 1},
	};

	for (unsigned i = 0; i < sizeof changes / sizeof *changes; i++)
		for (unsigned when = 0; when < 14; when++) {
			struct watched w;
			uint32_t hits;

			unit_at("%s after %u instructions", changes[i].name, when);
			start();
			mock_org(MOCK_TEXT + 0x400);
			mock_cpu.vectors[3] = NOP();
			RETI();
			watch_prepare(&w, MOCK_TEXT + 0x400, 'i', PRE);
			w.pre = on_interrupt;
			EQ(tl_register_kprobe(&w.kp), 0);
			probes_clear();
			memset(&beside, 0, sizeof beside);
			traced = trace(1, at);
			EQ(tl_trace_start(), 0);
			change = changes[i].change;
			mock_irq_at(mock_cpu.count + when, 3);
			run();
			CHECK(w.npre == 1 || when > 6);
			hits = traced->probe.hits + beside.kp.hits;
			CHECK(hits >= changes[i].least && hits <= changes[i].most);
			EQ(tl_is_halted(), false);
			EQ(tl_table.running, 0);
			tl_arm_all();
			run(); /* and so does the next */
			tl_trace_forget();
			tl_unregister_kprobe(&w.kp);
			tl_unregister_kprobe(&beside.kp);
			EQ(tl_points_used(), 0);
			EQ(*(uint8_t *)at, MOCK_ADDI);
		}
}

/* While a context may be suspended in it, a pad is that of its address; from base level it serves
 * another. */
static void recycled(void)
{
	start();
	for (unsigned i = 0; i < 3 * TL_POINTS; i++) {
		uintptr_t where = MOCK_TEXT + 0x400 + 8 * i;
		struct tl_tracepoint *tp;

		mock_org(where);
		ADDI(R3, 1);
		HALT();
		tp = trace(1, where);
		EQ(tl_trace_start(), 0);
		EQ(point_of(tp)->armed, TL_ARMED_JUMP);
		CHECK(mock_run(where, 10));
		EQ(mock_cpu.regs.r[R3], i + 1);
		EQ(tp->traced, 1);
		EQ(frame_reg(PC), where);
		tl_trace_forget();
	}
}

static const struct unit_test tests[] = {
        {"a hit collects, without a trap", a_hit},
        {"a run that ends in a pad", the_run_ends_in_a_pad},
        {"where a breakpoint serves, and why", refusals},
        {"out of reach", out_of_reach},
        {"text that takes no writes", in_flash},
        {"unprivileged code", unprivileged},
        {"missed", missed},
        {"suspended anywhere, changed meanwhile", suspended},
        {"pads change hands", recycled},
};

UNIT_MAIN(tests)
