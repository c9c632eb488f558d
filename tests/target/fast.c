/* SPDX-License-Identifier: MIT */
/*
 * Jump probes on the target, from within: fast tracepoints on every instruction, in code that
 * interrupts and tasks suspend while they come and go. Prints TAP, then "done". Where there are
 * none they are tracepoints like others, and the same must hold.
 */
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "check.h"
#include "probe/text.h"
#include "trace/trace.h"

enum { TIMER_HZ = 5000, ROUNDS = 3000 };

#if TL_TRACE

/* ---- tracepoints ---- */

static struct tl_tracepoint *define(unsigned number, uintptr_t addr,
                                    const struct tl_memory_action *memory)
{
	struct tl_tracepoint want = {
	        .number = (uint16_t)number, .enabled = true, .fast = TL_JUMP_LEN, .addr = addr};
	struct tl_tracepoint *tp;

	tl_note_add(TL_NOTE_REGISTERS, "f", 1);
	if (memory)
		tl_note_add(TL_NOTE_MEMORY, memory, sizeof *memory);
	if (tl_tracepoint_define(&want, &tp)) {
		tl_notes_drop(TL_OWNER_DRAFT);
		return NULL;
	}
	tl_tracepoint_complete(tp);
	return tp;
}

static struct tl_tracepoint *fresh(uintptr_t addr, const struct tl_memory_action *memory)
{
	tl_trace_forget();
	tl_trace_buffer.circular = true;
	return define(1, addr, memory);
}

static bool jumps(const struct tl_tracepoint *tp)
{
	return tl_table.points[tp->probe.point].armed == TL_ARMED_JUMP;
}

/* A register of the frame, by GDB's number. */
static uintptr_t frame_reg(const struct tl_traceframe *f, unsigned gdb)
{
	struct tl_trace_block block;
	uintptr_t value = 0;
	unsigned place = 0;

	while (tl_arch_isa->regs[place].gdb != gdb)
		place++;
	if (tl_traceframe_block(f, f->at, &block) && block.kind == 'R')
		tl_trace_copy(block.at +
		                      (tl_arch_isa->regs[0].gdb + place) * (unsigned)sizeof value,
		              &value, sizeof value);
	return value;
}

/* ---- one at a time ---- */

static unsigned wrong_sums(unsigned rounds)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < rounds; i++)
		wrong += code_wide(i % 8 + 1) != (i % 8 + 1) * (i % 8 + 2) / 2;
	return wrong;
}

static void test_hit(void)
{
	enum { N = 10 };
	static const char secret[8] = "trapline";
	const struct tl_memory_action memory = {
	        .offset = (uintptr_t)secret, .length = sizeof secret, .base = -1};
	uintptr_t at = address_of(code_wide_inside), sp = 0;
	struct tl_tracepoint *tp = fresh(at, &memory);
	struct tl_traceframe f = tl_traceframe_none();
	struct tl_trace_block block;
	uint8_t before[TL_JUMP_LEN], hidden[TL_JUMP_LEN];
	unsigned frames = 0, good = 0, read = 0;
	char got[sizeof secret];

	memcpy(before, (const void *)at, sizeof before);
	check(!tl_trace_start() && jumps(tp) == TL_FAST,
	      "a jump, where the instruction set has one");
	check(!tl_read_memory(at, hidden, sizeof hidden) &&
	              !memcmp(hidden, before, sizeof hidden) &&
	              memcmp((const void *)at, before, sizeof before),
	      "which readers do not see");
	check(code_wide(N) == N * (N + 1) / 2 && tp->traced == N && tp->probe.hits == N &&
	              !tp->missed,
	      "each hit collects");
	check(tl_probe_remove(&tp->probe) == 0 && !memcmp((const void *)at, before, sizeof before),
	      "and the text comes back");
	tl_trace_stop(TL_TRACE_STOPPED);
	for (; tl_traceframe_next(&f); frames++) {
		uintptr_t left = N - 1 - frames, sum = N * (N + 1) / 2 - left * (left + 1) / 2;

		sp = sp ? sp : frame_reg(&f, check_arch.sp);
		good += frame_reg(&f, check_arch.pc) == at &&
		        frame_reg(&f, check_arch.ret) == left &&
		        frame_reg(&f, check_arch.ret + 1) == sum &&
		        frame_reg(&f, check_arch.sp) == sp;
		tl_traceframe_block(&f, f.at, &block);
		if (!tl_traceframe_block(&f, block.next, &block) || block.kind != 'M' ||
		    block.size != sizeof got)
			continue;
		tl_trace_copy(block.at, got, sizeof got);
		read += !memcmp(got, secret, sizeof got);
	}
	check(frames == N && good == N, "the registers of that moment");
	check(read == N, "and memory");
	check((uintptr_t)__builtin_frame_address(0) - sp < 1024,
	      "the stack pointer is the context's own");
}

/* Condition, passes and faults are the tracepoint's; the run that ends in a pad takes the jump out
 * from there. */
static void test_end(void)
{
	const struct tl_memory_action unmapped = {
	        .offset = (uintptr_t)place_unmapped, .length = 4, .base = -1};
	struct tl_tracepoint *tp = fresh(address_of(code_wide_inside), NULL);

	tp->pass = 3;
	tl_trace_start();
	check(code_wide(10) == 55 && tp->traced == 3 && !tl_trace.running &&
	              tl_trace.end == TL_TRACE_PASSCOUNT,
	      "a pass count ends the run");
	tp = fresh(address_of(code_wide_inside), &unmapped);
	tl_trace_start();
	check(code_wide(10) == 55 && tp->traced == 1 && tl_trace.error == -TL_EFAULT &&
	              tl_trace.fault == unmapped.offset,
	      "memory that is not there ends it");
	check(wrong_sums(8) == 0, "and the code runs on");
}

static int nothing(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
	return 0;
}

/* Others at its address: then a breakpoint serves them all. */
static void test_shared(void)
{
	struct tl_tracepoint *tp = fresh(address_of(code_wide_inside), NULL);
	struct tl_kprobe kp = {.addr = address_of(code_wide_inside), .pre_handler = nothing};

	tl_trace_start();
	tl_register_kprobe(&kp);
	check(!jumps(tp) && code_wide(10) == 55 && tp->traced == 10 && kp.hits == 10,
	      "a kprobe beside it");
	tl_disable_kprobe(&kp);
	check(jumps(tp) == TL_FAST && code_wide(10) == 55 && tp->traced == 20 && kp.hits == 10,
	      "disabled");
	tl_enable_kprobe(&kp);
	check(!jumps(tp) && code_wide(10) == 55 && tp->traced == 30 && kp.hits == 20, "enabled");
	tl_unregister_kprobe(&kp);
	check(jumps(tp) == TL_FAST && code_wide(10) == 55 && tp->traced == 40, "gone");
	tl_tracepoint_enable(tp, false);
	check(code_wide(10) == 55 && tp->traced == 40, "the tracepoint disabled");
	tl_tracepoint_enable(tp, true);
	tl_disarm_all();
	check(code_wide(10) == 55 && tp->traced == 40, "everything disarmed");
	tl_arm_all();
	check(jumps(tp) == TL_FAST && code_wide(10) == 55 && tp->traced == 50, "and armed");
	define(2, address_of(code_wide_inside), NULL);
	check(jumps(tp) == TL_FAST && code_wide(10) == 55 && tp->traced == 60 &&
	              tl_trace_buffer.created == 70,
	      "two fast ones share a jump");
	tl_trace_stop(TL_TRACE_STOPPED);
}

/* Bit 0 of what tl_arch_lock() returns is not the same everywhere; that the second call sees what
 * the first has left is. */
static void test_masked(void)
{
	struct tl_tracepoint *tp = fresh(address_of(code_wide_inside), NULL);
	uintptr_t lock, sum, inner;

	tl_trace_start();
	lock = tl_arch_lock();
	sum = code_wide(10);
	inner = tl_arch_lock();
	tl_arch_unlock(inner);
	tl_arch_unlock(lock);
	check(sum == 55 && tp->traced == 10 && inner != lock,
	      "with interrupts masked, which they stay");
	lock = tl_arch_lock();
	tl_arch_unlock(lock);
	check(code_wide(10) == 55 && lock != inner, "and let in, which they are again");
	tl_trace_stop(TL_TRACE_STOPPED);
}

static void test_untrappable(void)
{
	struct tl_tracepoint *tp = fresh(address_of(code_wide_inside), NULL);

	tl_trace_start();
	if (code_untrappable && jumps(tp))
		check(code_untrappable(10) == 55 && tp->traced == 0 && tp->missed == 10,
		      "where a breakpoint would be fatal: missed");
	tl_trace_stop(TL_TRACE_STOPPED);
}

/* ---- every instruction ---- */

/* A digest of what the functions do. */
static uintptr_t digest(void)
{
	uintptr_t sum = 0, n = 0;

	for (unsigned i = 1; i < 5; i++) {
		uintptr_t results[] = {code_add(i, 3),
		                       code_load(&n),
		                       code_sum(i),
		                       code_wide(i),
		                       code_chain(i, 5),
		                       code_predicated((intptr_t)i - 2),
		                       code_keeps(i),
		                       code_dispatch(i % 3),
		                       code_masked(i, 7),
		                       code_exclusive ? code_exclusive(&n) : 0,
		                       code_millicode ? code_millicode(i, 6) : 0};

		for (unsigned k = 0; k < sizeof results / sizeof *results; k++)
			sum = sum * 31 + results[k];
	}
	return sum;
}

static void test_every_instruction(void)
{
	uintptr_t bare = digest();
	unsigned wrong = 0, jumping = 0, hits = 0, odd = 0;

	for (const uintptr_t *at = code_points; *at; at++) {
		struct tl_tracepoint *tp = fresh(address_of((const void *)*at), NULL);
		struct tl_kprobe kp = {.addr = *at, .pre_handler = nothing};
		uint32_t ordinary;

		if (!tp)
			continue;
		if (tl_trace_start())
			continue;
		jumping += jumps(tp);
		odd += jumps(tp) && tl_table.points[tp->probe.point].insn.len != TL_JUMP_LEN;
		wrong += digest() != bare;
		hits = tp->traced;
		tl_trace_stop(TL_TRACE_STOPPED);
		tl_register_kprobe(&kp);
		wrong += digest() != bare;
		ordinary = kp.hits;
		tl_unregister_kprobe(&kp);
		wrong += hits != ordinary;
	}
	printf("# %u instructions behind a jump\n", jumping);
	check(!wrong,
	      "every instruction does behind a jump what it does bare, and is hit as often");
	check(!odd && (!TL_FAST || jumping >= 6), "jumps where they fit");
}

/* ---- contexts ---- */

static volatile unsigned ticks_seen, ticks_wrong;

static void tick(void)
{
	ticks_seen++;
	ticks_wrong += code_wide(4) != 10;
}

static void test_interrupts(void)
{
	struct tl_tracepoint *tp = fresh(address_of(code_wide_inside), NULL);
	uint32_t start, took, expected = 0;
	unsigned wrong = 0, ticks;

	tl_trace_start();
	ticks_seen = ticks_wrong = 0;
	start = tl_board_port.ticks(tl_board_port.ctx);
	tl_board_timer(TIMER_HZ, tick);
	while (ticks_seen < ROUNDS) {
		wrong += code_wide(6) != 21;
		expected += 6;
	}
	tl_board_timer(1, tick);
	ticks = ticks_seen;
	took = tl_board_port.ticks(tl_board_port.ctx) - start;
	check(!wrong && !ticks_wrong, "main loop and interrupt at once: results are right");
	check(tp->traced == expected + 4 * ticks && tp->probe.hits == tp->traced && !tp->missed,
	      "every hit collected");
	printf("# %u interrupts, %lu us\n", ticks,
	       (unsigned long)(took / (tl_board_port.tick_hz / 1000000 +
	                               !(tl_board_port.tick_hz / 1000000))));
	tl_trace_stop(TL_TRACE_STOPPED);
}

static uintptr_t sums(uintptr_t n)
{
	return wrong_sums(n);
}

static void test_task(void)
{
	struct tl_tracepoint *tp = fresh(address_of(code_wide_inside), NULL);
	uintptr_t wrong = 0;

	tl_trace_start();
	if (run_as_task(sums, 80, &wrong))
		check(!wrong && tp->traced == 80 / 8 * 36 && !tp->missed,
		      "a task, unprivileged where the core can");
	tl_trace_stop(TL_TRACE_STOPPED);
}

/* Tasks that are suspended anywhere, while the tracepoint comes, goes, and changes. */

static volatile unsigned task_wrong, turns[2];
static struct tl_tracepoint *moving;
static unsigned changes;

static void loop(uintptr_t which)
{
	while (changes < ROUNDS) {
		task_wrong += wrong_sums(8);
		turns[which]++;
	}
}

static void change(void)
{
	static struct tl_kprobe kp;
	uintptr_t lock = tl_arch_lock();

	switch (changes++ % 6) {
	case 0:
		tl_tracepoint_enable(moving, false);
		break;
	case 1:
		tl_tracepoint_enable(moving, true);
		break;
	case 2:
		memset(&kp, 0, sizeof kp);
		kp.addr = address_of(code_wide_inside);
		tl_register_kprobe(&kp);
		break;
	case 3:
		tl_unregister_kprobe(&kp);
		break;
	case 4:
		tl_trace_stop(TL_TRACE_STOPPED);
		break;
	default:
		tl_trace_start();
	}
	tl_arch_unlock(lock);
	task_wrong += wrong_sums(8);
}

static void test_changes(void)
{
	moving = fresh(address_of(code_wide_inside), NULL);
	tl_trace_start();
	changes = 0;
	check_idle = change;
	check_tasks(TIMER_HZ, loop, 0, loop, 1);
	check_idle = NULL;
	tl_trace_stop(TL_TRACE_STOPPED);
	printf("# %u changes, turns of tasks: %u, %u\n", changes, turns[0], turns[1]);
	check(!task_wrong && turns[0] && turns[1], "tasks run on while their probe comes and goes");
	check(wrong_sums(8) == 0, "and after that");
}

static void test_all(void)
{
	test_hit();
	test_end();
	test_shared();
	test_masked();
	test_untrappable();
	test_every_instruction();
	test_interrupts();
	test_task();
	test_changes();
}

#else

static void test_all(void)
{
	check(true, "this agent is built without tracepoints");
}

#endif

int main(void)
{
	tl_board_init(115200);
	tl_init(&tl_board_port);
	setvbuf(stdout, NULL, _IOLBF, 256);
	printf("# fast on %s\n", tl_board_port.board);
	test_all();
	printf("done, %u failed\n", check_failed);
	for (;;)
		tl_poll();
}
