/* SPDX-License-Identifier: MIT */
/*
 * Comparators as points, where text takes no breakpoint: who has one, who is refused, and that none
 * is lost. What hits do by them is in test_hit.c.
 */
#include "probe/arm.h"
#include "probes.h"
#include "unit.h"

static uintptr_t at[4]; /* one after the other, in text that takes no write */

static void start(unsigned comparators)
{
	nops_start();
	for (unsigned i = 0; i < 4; i++)
		at[i] = MOCK_TEXT + 2 * i;
	mock_cpu.text_is_rom = true;
	mock_cpu.comparators = comparators;
	probes_clear();
}

static unsigned used(void)
{
	return tl_arch_comparators().used;
}

static void each_point_has_one(void)
{
	struct watched first, same, second, third;

	start(2);
	EQ(watch(&first, at[0], 'a', PRE), 0);
	EQ(watch(&same, at[0], 'b', POST), 0);
	EQ(used(), 1);
	EQ(watch(&second, at[1], 'c', PRE), 0);
	EQ(used(), 2);
	EQ(watch(&third, at[2], 'd', PRE), -TL_EROM);
	EQ(used(), 2);
	CHECK(mock_run(MOCK_TEXT, 100));
	SAME(probes_log, "aBc");
	EQ(tl_unregister_kprobe(&first.kp), 0);
	EQ(used(), 2);
	EQ(tl_unregister_kprobe(&same.kp), 0);
	EQ(used(), 1);
	EQ(watch(&third, at[2], 'd', PRE), 0);
	probes_clear();
	CHECK(mock_run(MOCK_TEXT, 100));
	SAME(probes_log, "cd");
	EQ(tl_unregister_kprobe(&second.kp), 0);
	EQ(tl_unregister_kprobe(&third.kp), 0);
	EQ(used(), 0);
}

/* Text that takes breakpoints needs none. */
static void only_where_text_refuses(void)
{
	struct watched w;

	start(1);
	mock_cpu.text_is_rom = false;
	EQ(watch(&w, at[0], 'a', PRE), 0);
	EQ(used(), 0);
	EQ(tl_unregister_kprobe(&w.kp), 0);
}

static void disabled_gives_it_back(void)
{
	struct watched first, second;

	start(1);
	EQ(watch(&first, at[0], 'a', PRE), 0);
	EQ(tl_disable_kprobe(&first.kp), 0);
	EQ(used(), 0);
	CHECK(mock_run(MOCK_TEXT, 100));
	SAME(probes_log, "");
	EQ(watch(&second, at[1], 'b', PRE), 0);
	EQ(tl_enable_kprobe(&first.kp), -TL_EROM);
	EQ(first.kp.flags, TL_DISABLED);
	CHECK(mock_run(MOCK_TEXT, 100));
	SAME(probes_log, "b");
	EQ(tl_unregister_kprobe(&second.kp), 0);
	EQ(tl_enable_kprobe(&first.kp), 0);
	CHECK(mock_run(MOCK_TEXT, 100));
	SAME(probes_log, "ba");
	EQ(tl_unregister_kprobe(&first.kp), 0);
}

/* What is disarmed for a while keeps its own. */
static void disarmed_keeps_it(void)
{
	struct watched first, second;

	start(1);
	EQ(watch(&first, at[0], 'a', PRE), 0);
	tl_disarm_all();
	EQ(used(), 1);
	CHECK(mock_run(MOCK_TEXT, 100));
	SAME(probes_log, "");
	tl_arm_all();
	EQ(watch(&second, at[1], 'b', PRE), -TL_EROM);
	CHECK(mock_run(MOCK_TEXT, 100));
	SAME(probes_log, "a");
	tl_disarm_all();
	EQ(tl_unregister_kprobe(&first.kp), 0);
	EQ(used(), 0);
	tl_arm_all();
}

static void a_debugger_has_them(void)
{
	struct watched w;

	start(2);
	mock_cpu.comparators_taken = true;
	EQ(watch(&w, at[0], 'a', PRE), -TL_EROM);
	EQ(native_bare("qTl.comparators"), 0);
	EQ(field(0), 0);
	EQ(field(2), 1);
	mock_cpu.comparators_taken = false;
	EQ(watch(&w, at[0], 'a', PRE), 0);
	EQ(tl_unregister_kprobe(&w.kp), 0);
}

static void what_a_host_is_told(void)
{
	start(1);
	EQ(native_bare("qTl.comparators"), 0);
	EQ(field(0), 1);
	EQ(field(1), 0);
	EQ(field(2), 0);
	EQ(native("qTl.check", "%lx", (long)at[0]), 0);
	EQ(field(0), TL_STEP_COMPARATOR | TL_STEP_BOOSTED);
	EQ(used(), 0);
	EQ(native("QTl.add", "1,%lx,0,0,0,0,0", (long)at[0]), 0);
	EQ(field(0), TL_STEP_COMPARATOR | TL_STEP_BOOSTED);
	EQ(probe_state(1).step, TL_STEP_COMPARATOR | TL_STEP_BOOSTED);
	EQ(native("qTl.check", "%lx", (long)at[0]), 0);
	EQ(field(0), TL_STEP_COMPARATOR | TL_STEP_BOOSTED);
	EQ(native("qTl.check", "%lx", (long)at[1]), -TL_EROM);
	EQ(native("QTl.add", "2,%lx,0,0,0,0,0", (long)at[1]), -TL_EROM);
	EQ(native_bare("qTl.comparators"), 0);
	EQ(field(1), 1);
	CHECK(mock_run(MOCK_TEXT, 100));
	EQ(probe_state(1).hits, 1);
	EQ(native("QTl.del", "1"), 0);
	EQ(field(0), 1);
	EQ(used(), 0);
}

/* One that was on before a reset, and that the agent does not know of. */
static void left_over(void)
{
	start(2);
	mock_cpu.compared[1].addr = at[1];
	mock_cpu.compared[1].on = true;
	CHECK(mock_run(MOCK_TEXT, 100));
	CHECK(!mock_cpu.compared[1].on);
	EQ(mock_cpu.traps, 1);
}

/* A function's return, hooked at an entry in ROM. */
static void returns(void)
{
	static struct tl_kretprobe rp;
	uintptr_t call, function;

	start(1);
	mock_cpu.text_is_rom = false;
	mock_org(MOCK_TEXT);
	call = CALL(0);
	HALT();
	function = LI(R0, 9);
	mock_target(call, function);
	RET();
	mock_cpu.text_is_rom = true;
	rp = (struct tl_kretprobe){.kp.addr = function};
	EQ(tl_register_kretprobe(&rp), 0);
	CHECK(mock_run(MOCK_TEXT, 100));
	EQ(rp.kp.hits, 1);
	EQ(rp.nmissed, 0);
	EQ(mock_cpu.regs.r[R0], 9);
	EQ(tl_unregister_kretprobe(&rp), 0);
	EQ(used(), 0);
}

static const struct unit_test tests[] = {
        {"each point has one", each_point_has_one},
        {"only where text refuses", only_where_text_refuses},
        {"what is disabled gives it back", disabled_gives_it_back},
        {"what is disarmed keeps it", disarmed_keeps_it},
        {"a debugger has them", a_debugger_has_them},
        {"what a host is told", what_a_host_is_told},
        {"one that a reset has left on", left_over},
        {"returns", returns},
};
UNIT_MAIN(tests)
