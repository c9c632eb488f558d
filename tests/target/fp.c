/* SPDX-License-Identifier: MIT */
/*
 * Self-test: FP registers survive probes, whatever handlers, interrupts and an RTOS do to them
 * meanwhile, and however exceptions store them.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "check.h"

enum { WORDS_MAX = 132, TIMER_HZ = 3000, ROUNDS = 300, POINTS_MAX = 16 };

static volatile float noise = 1.5f;
static volatile unsigned hits, ticks_seen;
static uintptr_t stack; /* the most that a handler found gone */
static bool switching;

/* Uses FP registers, and may be preempted there by a task that does. */
static void use_fp(void)
{
	float a = noise, b = a + 1, c = b * a, d = c / b;

	if (switching)
		check_switch();
	noise = sqrtf(a * b + c * d) / 3 + 1;
}

static int pre(struct tl_kprobe *kp, struct tl_regs *regs)
{
	uintptr_t gone = tl_regs_get(regs, check_arch.sp) - (uintptr_t)__builtin_dwarf_cfa();

	(void)kp;
	if (gone < TL_HANDLER_STACK) /* else this is another stack */
		stack = gone > stack ? gone : stack;
	hits++;
	use_fp();
	return 0;
}

static void post(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
	hits++;
	use_fp();
}

static void tick(void)
{
	ticks_seen++;
	use_fp();
}

static uint32_t in[WORDS_MAX] __attribute__((aligned(16)));

/* code_fp() with other values each time: did all come back? Of what it changes, the first run
 * tells. */
static uintptr_t round_trip(uintptr_t seed)
{
	static uint32_t plain[WORDS_MAX], out[WORDS_MAX] __attribute__((aligned(16)));

	for (unsigned i = 0; i < check_arch.fp_words; i++)
		in[i] = 0x3f000000 + (uint32_t)seed * 0x101 + i * 0x10001;
	/* a rounding mode, and all exceptions noted */
	in[check_arch.fp_words - 1] = (seed & 3) << check_arch.fp_round | 0x1f;
	memset(out, 0, sizeof out);
	code_fp(in, out);
	if (seed == 0)
		memcpy(plain, out, sizeof plain);
	unsigned bad = 0;

	for (unsigned i = 0; i < check_arch.fp_words; i++)
		bad += out[i] != (i < check_arch.fp_changed ? plain[i] : in[i]);
	return bad;
}

static struct tl_kprobe kp[POINTS_MAX];

static unsigned probe_all(bool with_pre, bool with_post)
{
	unsigned n = 0, refused = 0;

	for (const uintptr_t *at = code_fp_points; *at; at++) {
		kp[n] = (struct tl_kprobe){.addr = *at,
		                           .pre_handler = with_pre ? pre : NULL,
		                           .post_handler = with_post ? post : NULL};
		if (tl_register_kprobe(&kp[n]))
			refused++;
		else
			n++;
	}
	check(!refused, "every instruction is accepted");
	return n;
}

static void test(bool with_pre, bool with_post, const char *what)
{
	unsigned n = probe_all(with_pre, with_post), bad = 0;
	uintptr_t task_bad = 0;

	hits = 0;
	for (uintptr_t i = 1; i < ROUNDS; i++)
		bad += round_trip(i);
	check(bad == 0 && (hits > 0) == (with_pre || with_post), what);
	switching = true;
	bad = 0;
	for (uintptr_t i = 1; i < ROUNDS; i++)
		bad += round_trip(i);
	check(bad == 0, "and other tasks with FP in between");
	if (run_as_task(round_trip, 7, &task_bad))
		check(task_bad == 0, "and in an unprivileged task");
	switching = false;
	uint32_t missed = 0;

	while (n--) {
		missed += kp[n].nmissed;
		tl_unregister_kprobe(&kp[n]);
	}
	check(!missed, "nothing missed");
}

static void test_interrupts(void)
{
	unsigned n = probe_all(true, true), bad = 0;
	struct tl_kprobe isr = {
	        .addr = address_of((void *)tick), .pre_handler = pre, .post_handler = post};

	check(!tl_register_kprobe(&isr), "and a timer interrupt that uses FP");
	ticks_seen = 0;
	tl_board_timer(TIMER_HZ, tick);
	for (uintptr_t i = 1; ticks_seen < 500; i++)
		bad += round_trip(i);
	tl_board_timer(1, tick);
	check(bad == 0 && isr.hits >= 500, "FP registers survive in both");
	tl_unregister_kprobe(&isr);
	while (n--)
		tl_unregister_kprobe(&kp[n]);
}

static void test_way(const struct check_fp_way *way)
{
	check(check_take_fp_way(way), way->name);
	check(round_trip(0) == 0, "bare");
	test(false, false, "slots and simulations");
	stack = 0;
	test(true, false, "pre_handlers that use FP");
	check(stack > check_arch.stack_fp_over + way->stack &&
	              stack <= check_arch.stack_fp + way->stack,
	      "with as much stack gone as trapline.h says");
	test(false, true, "post_handlers that use FP");
	test(true, true, "both");
	test_interrupts();
}

int main(void)
{
	tl_board_init(115200);
	tl_init(&tl_board_port);
	setvbuf(stdout, NULL, _IOLBF, 256);
	printf("# fp on %s\n", tl_board_port.board);
	for (const struct check_fp_way *way = check_fp_ways; code_fp && way->name; way++)
		test_way(way);
	if (!code_fp)
		check(true, "no FP registers here # SKIP");
	printf("done, %u failed\n", check_failed);
	for (;;)
		tl_poll();
}
