/* SPDX-License-Identifier: MIT */
/*
 * Return probes on the target, from the firmware's own side: every promise of trapline.h about
 * them. Prints TAP, then "done".
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "check.h"

enum { TIMER_HZ = 1000 };
#define FUNCTION __attribute__((noinline, noclone))

/* ---- functions to probe ---- */

static volatile uintptr_t sink;

FUNCTION static uintptr_t work(uintptr_t n)
{
	sink = n;
	return code_add(n, 3);
}

FUNCTION static uintptr_t down(uintptr_t n)
{
	return n ? down(n - 1) + 2 : sink * 0;
}

FUNCTION __attribute__((optimize("O2"))) static uintptr_t jump(uintptr_t n)
{
	return work(n + 100);
}

#if UINTPTR_MAX > UINT32_MAX
typedef unsigned __int128 two_words;
#else
typedef uint64_t two_words;
#endif

FUNCTION static two_words wide(uintptr_t n)
{
	return (two_words)n << 8 * sizeof n | ~n;
}

FUNCTION static float scale(float x)
{
	return x * 3.0f;
}

FUNCTION static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

FUNCTION static void *caller(void)
{
	return __builtin_return_address(0);
}

void tl_return_trampoline(void);

/* ---- handlers that take notes ---- */

static struct {
	unsigned entries, returns;
	uintptr_t arg, ret, ret1, stack;
	uint32_t elapsed;
	bool same_sp, pc_is_ret;
	char order[16];
} seen;

static int enter(struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	seen.entries++;
	in->data[0] = tl_regs_arg(regs, 0);
	in->data[1] = tl_regs_get(regs, check_arch.sp);
	return 0;
}

static int leave(struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	seen.returns++;
	seen.arg = in->data[0];
	seen.ret = tl_regs_retval(regs, 0);
	seen.ret1 = tl_regs_retval(regs, 1);
	seen.elapsed = tl_board_port.ticks(tl_board_port.ctx) - in->entry_time;
	seen.same_sp = in->data[1] == in->sp && in->sp == tl_regs_get(regs, check_arch.sp);
	seen.pc_is_ret = (tl_regs_get(regs, check_arch.pc) ^ in->ret_addr) <= 1;
	seen.stack = in->sp - (uintptr_t)__builtin_dwarf_cfa();
	if (in->rp->kp.data)
		strcat(seen.order, in->rp->kp.data);
	return 0;
}

static int veto(struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	enter(in, regs);
	return tl_regs_arg(regs, 0) & 1;
}

static int change(struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	leave(in, regs);
	tl_regs_set(regs, check_arch.ret, 1234);
	return 0;
}

/* On to code_add(result, argument), which returns to the caller. */
static int divert(struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	leave(in, regs);
	tl_regs_set(regs, check_arch.ret + 1, in->data[0]);
	tl_regs_set(regs, check_arch.pc, address_of((void *)code_add));
	return 0;
}

static int nest(struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	leave(in, regs);
	sink = work(20);
	return 0;
}

static float spoilt;
static int use_fp(struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	spoilt = spoilt * 1.5f + (float)seen.returns;
	return leave(in, regs);
}

static void add(struct tl_kretprobe *rp, const void *function,
                int (*handler)(struct tl_kretprobe_instance *, struct tl_regs *))
{
	memset(&seen, 0, sizeof seen);
	*rp = (struct tl_kretprobe){.kp.addr = address_of(function),
	                            .data_size = 2 * sizeof(uintptr_t),
	                            .entry_handler = enter,
	                            .handler = handler};
	if (tl_register_kretprobe(rp))
		check(false, "registered");
}

/* ---- one call ---- */

static void test_call(void)
{
	struct tl_kretprobe rp;

	add(&rp, (void *)work, leave);
	check(work(4) == 7 && seen.entries == 1 && seen.returns == 1, "a call and its return");
	check(seen.arg == 4 && seen.ret == 7, "data from entry to return, and the result");
	check(seen.same_sp && seen.pc_is_ret, "as the caller will see it");
	check(seen.elapsed > 0 && seen.elapsed < tl_board_port.tick_hz, "the time that it took");
	printf("# %lu bytes of stack, %lu ticks\n", (unsigned long)seen.stack,
	       (unsigned long)seen.elapsed);
	check(seen.stack <= check_arch.stack_return,
	      "with no more stack gone than trapline.h says");
	for (unsigned i = 0; i < 1000; i++)
		work(i);
	check(seen.returns == 1001 && rp.nmissed == 0, "a thousand more");
	tl_disable_kprobe(&rp.kp);
	work(1);
	tl_enable_kprobe(&rp.kp);
	check(seen.returns == 1001, "disabled");
	check(tl_unregister_kretprobe(&rp) == 0 && work(1) == 4 && seen.returns == 1001,
	      "unregistered");
	rp.entry_handler = veto;
	tl_register_kretprobe(&rp);
	memset(&seen, 0, sizeof seen);
	check(work(5) == 8 && work(6) == 9 && seen.entries == 2 && seen.returns == 1 &&
	              seen.arg == 6,
	      "entry_handler vetoes");
	tl_unregister_kretprobe(&rp);
	rp.entry_handler = NULL;
	rp.handler = change;
	tl_register_kretprobe(&rp);
	check(work(5) == 1234 && seen.ret == 8, "handler changes the result");
	tl_unregister_kretprobe(&rp);
	rp.entry_handler = enter;
	rp.handler = divert;
	tl_register_kretprobe(&rp);
	check(work(5) == 13 && seen.ret == 8, "and the PC");
	tl_unregister_kretprobe(&rp);
}

static void test_results(void)
{
	struct tl_kretprobe rp;

	const uintptr_t n = (uintptr_t)0x123456789abcdef0;
	two_words got;

	add(&rp, (void *)wide, leave);
	got = wide(n);
	check((uintptr_t)(got >> 8 * sizeof n) == n && (uintptr_t)got == ~n && seen.ret == ~n &&
	              seen.ret1 == n,
	      "a result in two registers");
	tl_unregister_kretprobe(&rp);
	add(&rp, (void *)scale, use_fp);
	float sum = 0;

	for (int i = 0; i < 100; i++)
		sum += scale((float)i) + (float)i;
	check(sum == 4.0f * 4950.0f && seen.returns == 100,
	      "a float, with a handler that computes with floats");
	tl_unregister_kretprobe(&rp);
}

static void test_qsort(void)
{
	enum { N = 100 };
	static int numbers[N];
	struct tl_kretprobe rp;
	unsigned bad = 0;

	add(&rp, (void *)compare, leave);
	for (int i = 0; i < N; i++)
		numbers[i] = i * 7919 % 1009;
	qsort(numbers, N, sizeof *numbers, compare);
	for (int i = 1; i < N; i++)
		bad += numbers[i] < numbers[i - 1];
	check(!bad && seen.returns == seen.entries && seen.returns >= N && !rp.nmissed,
	      "the comparator of qsort()");
	tl_unregister_kretprobe(&rp);
}

/* A call before the return address is on the stack, and a jump to where it is taken from there. */
static void test_millicode(void)
{
	struct tl_kretprobe rp;

	if (!code_millicode)
		return;
	add(&rp, (void *)code_millicode, leave);
	check(code_millicode(5, 6) == 12 && seen.arg == 5 && seen.ret == 12 && seen.same_sp,
	      "routines that save and restore registers");
	tl_unregister_kretprobe(&rp);
}

/* A function puts back what a trap overwrites, for the return from a trap to come. */
static void test_trap_state(void)
{
	const uintptr_t state = address_of((void *)work);
	struct tl_kretprobe rp;

	if (!code_trap_state)
		return;
	add(&rp, (void *)code_restores, leave);
	check(code_trap_state(state) == state && seen.returns == 1 && seen.arg == state,
	      "a return leaves the state of a trap alone");
	tl_unregister_kretprobe(&rp);
}

/* ---- recursion, tail calls, nesting ---- */

static void test_recursion(void)
{
	struct tl_kretprobe rp;

	enum { DEEP = TL_RETURN_ACTIVE - 1 };
	add(&rp, (void *)down, leave);
	check(down(DEEP) == 2 * DEEP && seen.returns == DEEP + 1 && seen.arg == DEEP &&
	              seen.ret == 2 * DEEP,
	      "recursion: the outermost returns last");
	check(down(TL_RETURN_ACTIVE + 4) == 2 * (TL_RETURN_ACTIVE + 4) && rp.nmissed == 5,
	      "deeper than maxactive: missed");
	check(seen.returns == DEEP + 1 + TL_RETURN_ACTIVE && seen.entries == seen.returns,
	      "and entry_handler did not run");
	tl_unregister_kretprobe(&rp);
	rp.maxactive = 1000;
	tl_register_kretprobe(&rp);
	check(down(TL_RETURNS) == 2 * TL_RETURNS && rp.nmissed == 1,
	      "deeper than there are instances");
	tl_unregister_kretprobe(&rp);
}

static void test_tail_call(void)
{
	struct tl_kretprobe to, from;

	add(&to, (void *)work, leave);
	add(&from, (void *)jump, leave);
	to.kp.data = "w";
	from.kp.data = "j";
	check(jump(5) == 108 && !strcmp(seen.order, "wj"),
	      "a tail call: both return, the newer first");
	check(seen.entries == 2 && seen.arg == 5 && seen.ret == 108 && seen.pc_is_ret,
	      "to the caller of the first");
	tl_unregister_kretprobe(&from);
	check(jump(5) == 108 && !strcmp(seen.order, "wjw"), "with the second alone");
	tl_unregister_kretprobe(&to);
}

static void test_nested(void)
{
	struct tl_kretprobe rp;

	add(&rp, (void *)work, nest);
	check(work(1) == 4 && sink == 23 && seen.returns == 1 && rp.nmissed == 1,
	      "handler calls the function: it runs, and is missed");
	tl_unregister_kretprobe(&rp);
}

/* ---- contexts ---- */

static volatile uintptr_t ticks_seen;

static void tick(void)
{
	ticks_seen += down(2) == 4 && work(1) == 4;
}

static void test_interrupts(void)
{
	struct tl_kretprobe in_tick, in_both;
	unsigned n = 0, bad = 0;

	add(&in_tick, (void *)tick, leave);
	add(&in_both, (void *)down, leave);
	ticks_seen = 0;
	tl_board_timer(TIMER_HZ, tick);
	for (; ticks_seen < 300; n++)
		bad += down(3) != 6;
	tl_board_timer(1, tick);
	check(!bad && seen.returns == seen.entries,
	      "an interrupt, and the function that it and the main loop call");
	check(seen.returns == 4 * n + 4 * (in_tick.kp.hits) && in_tick.kp.hits >= 300,
	      "every return was seen");
	check(in_tick.nmissed == 0 && in_both.nmissed == 0, "nothing was missed");
	tl_unregister_kretprobe(&in_tick), tl_unregister_kretprobe(&in_both);
}

static uintptr_t task(uintptr_t n)
{
	return work(n) + down(n);
}

static void test_task(void)
{
	struct tl_kretprobe rp[2], isr;
	uintptr_t result = 0;

	add(&rp[0], (void *)down, leave);
	add(&rp[1], (void *)work, nest);
	if (check_isr)
		add(&isr, check_isr, leave);
	if (run_as_task(task, 6, &result)) {
		check(result == 21 && seen.returns == 8 + !!check_isr && rp[1].nmissed == 1,
		      "in an unprivileged task");
		check(rp[0].nmissed == 0, "recursion, too");
	}
	if (check_isr) {
		check(isr.kp.hits == 1 && isr.nmissed == 0, "a handler that the hardware enters");
		tl_unregister_kretprobe(&isr);
	}
	tl_unregister_kretprobe(&rp[0]), tl_unregister_kretprobe(&rp[1]);
}

static volatile unsigned rounds[2], wrong;
static volatile bool release;

static void shared_rounds(uintptr_t n)
{
	for (unsigned i = 0; i < 400; i++) {
		wrong += down(n) != 2 * n || scale((float)n) != 3.0f * (float)n;
		rounds[n & 1]++;
	}
}

static void test_two_tasks(void)
{
	struct tl_kretprobe rp[2];

	add(&rp[0], (void *)down, leave);
	add(&rp[1], (void *)scale, use_fp);
	wrong = 0;
	check_tasks(TIMER_HZ, shared_rounds, 2, shared_rounds, 3);
	check(rounds[0] == 400 && rounds[1] == 400 && !wrong,
	      "two tasks interleave in one function");
	check(seen.returns == seen.entries && seen.returns == 400 * (3 + 4 + 2) && !rp[0].nmissed &&
	              !rp[1].nmissed,
	      "every return was seen, on its own stack");
	tl_unregister_kretprobe(&rp[0]), tl_unregister_kretprobe(&rp[1]);
}

/* ---- calls that do not return, or much later ---- */

static struct tl_kretprobe leaving;

FUNCTION static uintptr_t wait(uintptr_t n)
{
	while (!release)
		sink = n;
	return n + 1;
}

static void waits(uintptr_t n)
{
	rounds[0] = wait(n);
}

static void goes_on(uintptr_t n)
{
	for (unsigned i = 0; i < 200; i++)
		wrong += down(n) != 2 * n;
	while (rounds[1]) /* let main unregister it */
		;
	release = true;
}

static void unregister_now(void)
{
	if (rounds[1] == 2) {
		memset((void *)&seen, 0, sizeof seen);
		wrong += tl_unregister_kretprobe(&leaving) != 0;
		memset(&leaving, 0xee, sizeof leaving);
		rounds[1] = 0;
	}
}

static void test_never_returns(void)
{
	struct tl_kretprobe rp;

	wrong = rounds[0] = 0;
	release = false;
	add(&leaving, (void *)wait, leave);
	add(&rp, (void *)down, leave);
	rounds[1] = 2;
	check_idle = unregister_now;
	check_tasks(TIMER_HZ, waits, 5, goes_on, 3);
	check_idle = NULL;
	check(!wrong && rounds[0] == 6,
	      "a task sits in a function, whose probe goes: it returns where it should");
	check(rp.nmissed == 0, "the other one runs on");
	tl_unregister_kretprobe(&rp);
	add(&rp, (void *)work, leave);
	work(1);
	check(seen.returns == 1, "the others return as before");
	tl_unregister_kretprobe(&rp);
}

static jmp_buf out;

FUNCTION static uintptr_t escape(uintptr_t n)
{
	sink = n;
	longjmp(out, (int)n);
}

FUNCTION static uintptr_t attempt(uintptr_t n)
{
	switch (setjmp(out)) {
	case 0:
		return escape(n) + 1;
	default:
		return n;
	}
}

static void test_longjmp(void)
{
	struct tl_kretprobe rp[2];
	unsigned bad = 0;

	add(&rp[0], (void *)escape, leave);
	add(&rp[1], (void *)attempt, leave);
	for (unsigned i = 1; i <= 3 * TL_RETURNS; i++)
		bad += attempt(i) != i;
	check(!bad && rp[1].nmissed == 0 && seen.returns == 3 * TL_RETURNS,
	      "longjmp() over an instance");
	check(rp[0].nmissed == 3 * TL_RETURNS - 1, "which the next call proves dead");
	tl_unregister_kretprobe(&rp[0]), tl_unregister_kretprobe(&rp[1]);
}

/* ---- refusals ---- */

static void refuse(int error, const void *function, const char *what)
{
	struct tl_kretprobe rp = {.kp.addr = address_of(function), .handler = leave};

	check(tl_register_kretprobe(&rp) == error, what);
}

static void test_refusals(void)
{
	struct tl_kretprobe rp = {.kp.addr = address_of((void *)work),
	                          .data_size = TL_RETURN_DATA + 1};

	refuse(-TL_ERETURN, (void *)setjmp, "setjmp()");
	refuse(-TL_ERETURN, (void *)code_keeps,
	       "a function that moves its return address elsewhere");
	for (const uintptr_t *p = code_no_returns; p && *p; p++)
		refuse(-TL_ERETURN, (void *)*p, "what has no return address of its own");
	refuse(-TL_ERETURN, (void *)caller, "a function that reads its return address");
	refuse(-TL_ENOPROBE, (void *)tl_poll, "the agent");
	refuse(-TL_ENOPROBE, (void *)tl_return_trampoline, "the trampoline");
	check(tl_register_kretprobe(&rp) == -TL_EINVAL, "too much data");
	rp.data_size = TL_RETURN_DATA;
	check(tl_register_kretprobe(&rp) == 0 && tl_register_kretprobe(&rp) == -TL_EBUSY, "twice");
	tl_unregister_kretprobe(&rp);
	check(tl_unregister_kretprobe(&rp) == -TL_ENOENT, "not registered");
}

int main(void)
{
	tl_board_init(115200);
	tl_init(&tl_board_port);
	setvbuf(stdout, NULL, _IOLBF, 128);
	printf("# returns on %s\n", tl_board_port.board);
	test_call();
	test_results();
	test_qsort();
	test_millicode();
	test_trap_state();
	test_recursion();
	test_tail_call();
	test_nested();
	test_interrupts();
	test_task();
	test_two_tasks();
	test_never_returns();
	test_longjmp();
	test_refusals();
	printf("done, %u failed\n", check_failed);
	for (;;)
		tl_poll();
}
