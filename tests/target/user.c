/* SPDX-License-Identifier: MIT */
/*
 * Unprivileged code under memory protection, on the target: it hits probes of every kind, and no
 * trap uses its stack. Prints TAP, then "done"; then "u" on the console runs code_sum() as a user,
 * "w" code_wide(), for hosts' probes.
 */
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "check.h"

enum { TIMER_HZ = 1000, PATTERN = 0x5a, INSTRUCTIONS = 6 /* of code_sum() */ };

static struct {
	unsigned pre, post, fault, on_user_stack;
	uintptr_t sp, result;
} seen;

static void look(const struct tl_regs *regs)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	seen.on_user_stack +=
	        here - (uintptr_t)user_stack < (uintptr_t)(user_stack_end - user_stack);
	seen.sp = tl_regs_get(regs, check_arch.sp);
}

static int pre(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp;
	seen.pre++;
	look(regs);
	return 0;
}

static void post(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp;
	seen.post++;
	look(regs);
}

static int nest(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp;
	seen.pre++;
	look(regs);
	seen.result = code_add(20, 3);
	return 0;
}

static int claim(struct tl_kprobe *kp, struct tl_regs *regs, unsigned cause)
{
	(void)kp, (void)cause;
	seen.fault++;
	look(regs);
	tl_regs_set(regs, check_arch.ret, 42);
	tl_regs_set(regs, check_arch.pc, tl_regs_get(regs, check_arch.pc) + check_arch.step);
	return 1;
}

/* What the user runs: arguments and results go by registers. */

static uintptr_t add(uintptr_t n)
{
	return code_add(n, 4);
}

static uintptr_t load(uintptr_t at)
{
	return code_load((const uintptr_t *)at);
}

static uintptr_t sums(uintptr_t n)
{
	uintptr_t bad = 0;

	for (uintptr_t i = 0; i < n; i++)
		bad += code_sum(i % 8 + 1) != (i % 8 + 1) * (i % 8 + 2) / 2;
	return bad;
}

static uintptr_t as_user(uintptr_t (*fn)(uintptr_t), uintptr_t arg)
{
	return run_as_user(fn, arg, user_stack_end, true);
}

static void start(struct tl_kprobe *kp, const char *what)
{
	memset(&seen, 0, sizeof seen);
	memset((void *)&check_fault, 0, sizeof check_fault);
	check(tl_register_kprobe(kp) == 0, what);
}

/* ---- */

static void test_slots(void)
{
	struct tl_kprobe kp = {.addr = address_of((void *)code_add)};

	check(as_user(add, 3) == 7, "bare");
	start(&kp, "a boosted slot");
	check(as_user(add, 3) == 7 && kp.hits == 1, "is counted");
	tl_unregister_kprobe(&kp);
	kp.post_handler = post;
	start(&kp, "a slot that ends in a breakpoint");
	check(as_user(add, 3) == 7 && seen.post == 1, "has its post_handler run");
	check(seen.on_user_stack == 0, "elsewhere than on the user's stack");
	tl_unregister_kprobe(&kp);
}

static void test_every_instruction(void)
{
	struct tl_kprobe kp[INSTRUCTIONS];

	for (unsigned i = 0; i < INSTRUCTIONS; i++) {
		kp[i] = (struct tl_kprobe){.addr = address_of((void *)code_sum) +
		                                   check_arch.step * i,
		                           .pre_handler = pre,
		                           .post_handler = post};
		start(&kp[i], "an instruction of a loop");
	}
	memset(user_stack, PATTERN, (size_t)(user_stack_end - user_stack));
	check(as_user(code_sum, 10) == 55 && seen.pre == 33 && seen.post == 33, "all of them hit");
	unsigned written = 0;

	for (const uint8_t *at = user_stack; at < user_stack_end; at++)
		written += *at != PATTERN;
	check(written == 0 && seen.on_user_stack == 0, "the user's stack is left alone");
	check(seen.sp == (uintptr_t)user_stack_end, "handlers see the user's stack pointer");
	for (unsigned i = 0; i < INSTRUCTIONS; i++)
		tl_unregister_kprobe(&kp[i]);
}

static void test_wild_stack(void)
{
	struct tl_kprobe kp = {
	        .addr = address_of((void *)code_sum), .pre_handler = pre, .post_handler = post};

	start(&kp, "a user whose stack pointer leads nowhere");
	check(run_as_user(code_sum, 10, (void *)3, true) == 55 && seen.pre == 1 && seen.post == 1,
	      "runs on");
	check(seen.sp == 3, "with it");
	check(run_as_user(code_sum, 10, &kp, true) == 55 && seen.pre == 2 &&
	              seen.sp == (uintptr_t)&kp,
	      "or into the firmware");
	check(as_user(user_lost, 10) == 55 && seen.pre == 3 && seen.post == 3,
	      "or where the firmware's registers are lost");
	check(kp.pre_handler == pre && kp.post_handler == post, "none of which harms it");
	tl_unregister_kprobe(&kp);
}

static void test_nested(void)
{
	struct tl_kprobe kp = {
	        .addr = address_of((void *)code_add), .pre_handler = nest, .post_handler = post};

	start(&kp, "a handler that calls what the user called");
	check(as_user(add, 3) == 7 && seen.result == 23 && seen.pre == 1 && seen.post == 1 &&
	              kp.nmissed == 1,
	      "misses itself");
	check(as_user(add, 4) == 8 && seen.pre == 2 && kp.nmissed == 2, "each time");
	tl_unregister_kprobe(&kp);
}

static void test_faults(void)
{
	struct tl_kprobe kp = {.addr = address_of((void *)code_load), .pre_handler = pre};
	uintptr_t good = 5;

	memset((void *)&check_fault, 0, sizeof check_fault);
	check(as_user(load, (uintptr_t)&good) == CHECK_FIXED && check_fault.count == 1,
	      "bare: memory is protected");
	struct check_fault bare = check_fault;

	start(&kp, "a probed load");
	check(as_user(load, (uintptr_t)&good) == CHECK_FIXED && check_fault.count == 1 &&
	              seen.pre == 1,
	      "faults like that");
	check(check_fault.pc == bare.pc && check_fault.vector == bare.vector &&
	              check_fault.status == bare.status,
	      "the firmware sees the same PC, vector and status");
	check(as_user(load, address_of(code_data)) == *(const uintptr_t *)code_data,
	      "what is allowed, is");
	tl_unregister_kprobe(&kp);
	kp.fault_handler = claim;
	start(&kp, "with a fault_handler");
	check(as_user(load, (uintptr_t)&good) == 42 && seen.fault == 1 && check_fault.count == 0,
	      "that claims it");
	tl_unregister_kprobe(&kp);
}

static void test_call(void)
{
	struct tl_kprobe kp = {.addr = address_of(code_call_itself), .pre_handler = pre};

	check_call.count = 0;
	check(as_user(code_call, 7) == 8 && check_call.count == 1 && check_call.pc == kp.addr,
	      "bare: a call to the firmware");
	start(&kp, "probed");
	check_call.pc = 0;
	check(as_user(code_call, 7) == 8 && check_call.count == 2 && seen.pre == 1,
	      "it comes back");
	check(check_call.pc == kp.addr, "and the firmware sees where it came from");
	tl_unregister_kprobe(&kp);
}

static volatile unsigned ticks_seen;

static void tick(void)
{
	ticks_seen++;
}

static void test_interrupts(void)
{
	struct tl_kprobe in_tick = {
	        .addr = address_of((void *)tick), .pre_handler = pre, .post_handler = post};
	struct tl_kprobe kp[INSTRUCTIONS];
	uintptr_t bad = 0;

	start(&in_tick, "an interrupt");
	for (unsigned i = 0; i < INSTRUCTIONS; i++) {
		kp[i] = (struct tl_kprobe){.addr = address_of((void *)code_sum) +
		                                   check_arch.step * i,
		                           .post_handler = i & 1 ? post : NULL};
		start(&kp[i], "and what it interrupts");
	}
	tl_board_timer(TIMER_HZ, tick);
	while (ticks_seen < 200)
		bad += as_user(sums, 100);
	tl_board_timer(1, tick);
	check(bad == 0, "the user's results are right");
	check(in_tick.hits == ticks_seen && in_tick.nmissed == 0, "every interrupt was seen");
	check(kp[0].nmissed == 0 && kp[1].nmissed == 0, "nothing was missed");
	for (unsigned i = 0; i < INSTRUCTIONS; i++)
		tl_unregister_kprobe(&kp[i]);
	tl_unregister_kprobe(&in_tick);
}

/* It cannot go on: what matters is that the firmware hears of the probed address. */
static void test_no_slots(void)
{
	struct tl_kprobe kp = {.addr = address_of((void *)code_add)};

	start(&kp, "slots that the user may not run");
	run_as_user(add, 3, user_stack_end, false);
	check(check_fault.count == 1 && check_fault.pc == kp.addr,
	      "the firmware sees a fault where the probe is");
	check(check_fault.status == (uint32_t)kp.addr, "and no other address");
	tl_unregister_kprobe(&kp);
	check(run_as_user(add, 3, user_stack_end, false) == 7 && check_fault.count == 1,
	      "which is gone with it");
}

int main(void)
{
	char c;

	tl_board_init(115200);
	tl_init(&tl_board_port);
	setvbuf(stdout, NULL, _IOLBF, 256);
	printf("# user on %s\n", tl_board_port.board);
	if (run_as_user) {
		test_slots();
		test_every_instruction();
		test_wild_stack();
		test_nested();
		test_faults();
		test_call();
		test_interrupts();
		test_no_slots();
	} else {
		check(true, "there is nothing to protect memory with here");
	}
	printf("done, %u failed\n", check_failed);
	for (;;) {
		tl_poll();
		if (!run_as_user || tl_console_read(&c, 1) != 1)
			continue;
		if (c == 'u')
			printf("user %lu\n", (unsigned long)as_user(code_sum, 10));
		if (c == 'w')
			printf("wide %lu\n", (unsigned long)as_user(code_wide, 10));
	}
}
