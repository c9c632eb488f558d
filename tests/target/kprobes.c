/* SPDX-License-Identifier: MIT */
/*
 * The C API on the target, from the firmware's own side: every promise of trapline.h about kprobes.
 * Prints TAP, then "done".
 */
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "check.h"

enum { TIMER_HZ = 1000 };

static const struct tl_symbol symbols[] = {{"code_add", (uintptr_t)code_add}, {NULL, 0}};

/* ---- handlers that take notes ---- */

static struct {
	unsigned pre, post, fault;
	uintptr_t arg0, arg1, stack, pc_post, ret_post, cause;
	char order[16];
} seen;

static uintptr_t pc_of(const struct tl_regs *regs)
{
	return tl_regs_get(regs, check_arch.pc);
}

static int pre(struct tl_kprobe *kp, struct tl_regs *regs)
{
	seen.pre++;
	seen.arg0 = tl_regs_arg(regs, 0);
	seen.arg1 = tl_regs_arg(regs, 1);
	seen.stack = tl_regs_get(regs, check_arch.sp) - (uintptr_t)__builtin_dwarf_cfa();
	if (kp->data)
		strcat(seen.order, kp->data);
	return 0;
}

static void post(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp;
	seen.post++;
	seen.pc_post = pc_of(regs);
	seen.ret_post = tl_regs_retval(regs, 0);
}

static int claim(struct tl_kprobe *kp, struct tl_regs *regs, unsigned cause)
{
	(void)kp;
	seen.fault++;
	seen.cause = cause;
	tl_regs_set(regs, check_arch.ret, 42);
	tl_regs_set(regs, check_arch.pc, pc_of(regs) + check_arch.step);
	return 1;
}

static int decline(struct tl_kprobe *kp, struct tl_regs *regs, unsigned cause)
{
	(void)kp, (void)regs, (void)cause;
	seen.fault++;
	return 0;
}

static int double_arg0(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp;
	tl_regs_set(regs, check_arch.ret, 2 * tl_regs_arg(regs, 0));
	return 0;
}

static int return_99(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp;
	tl_regs_set(regs, check_arch.ret, 99);
	tl_regs_set(regs, check_arch.pc, tl_regs_get(regs, check_arch.lr) & ~(uintptr_t)1);
	return 1;
}

static int nest(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
	seen.pre++;
	seen.arg0 = code_add(20, 3); /* the probed function itself */
	return 0;
}

static int leave(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)regs;
	seen.pre++;
	tl_unregister_kprobe(kp);
	return 0;
}

static struct tl_kprobe probe_at(const void *label)
{
	memset(&seen, 0, sizeof seen);
	return (struct tl_kprobe){.addr = address_of(label)};
}

/* ---- what a probe sees and may do ---- */

static void test_entry(void)
{
	struct tl_kprobe kp = probe_at((void *)code_add);
	uint32_t before = *(uint16_t *)kp.addr;

	kp.pre_handler = pre;
	check(tl_register_kprobe(&kp) == 0, "a function's entry is probed");
	check(*(uint16_t *)kp.addr != before, "the breakpoint is in the text");
	check(tl_register_kprobe(&kp) == -TL_EBUSY, "the same object twice is busy");
	check(code_add(3, 4) == 7 && seen.pre == 1 && seen.arg0 == 3 && seen.arg1 == 4,
	      "pre_handler sees the arguments");
	check(seen.stack <= check_arch.stack, "with as much stack gone as trapline.h says");
	kp.pre_handler = double_arg0;
	check(code_add(3, 4) == 10, "pre_handler changes a register");
	kp.pre_handler = return_99;
	check(code_add(3, 4) == 99, "pre_handler changes the PC: nonzero, not stepped");
	check(tl_disable_kprobe(&kp) == 0 && code_add(3, 4) == 7, "disabled");
	check(*(uint16_t *)kp.addr == before, "disabling the last probe restores the text");
	check(tl_enable_kprobe(&kp) == 0 && code_add(3, 4) == 99, "enabled again");
	tl_disarm_all();
	check(code_add(3, 4) == 7, "everything disarmed");
	tl_arm_all();
	check(code_add(3, 4) == 99, "everything armed again");
	check(tl_unregister_kprobe(&kp) == 0 && code_add(3, 4) == 7, "unregistered");
	check(*(uint16_t *)kp.addr == before, "the text is restored");
	check(tl_unregister_kprobe(&kp) == -TL_ENOENT, "unregistered twice: no such probe");
}

static void test_post(void)
{
	struct tl_kprobe kp = probe_at((void *)code_add), back, chain;

	kp.post_handler = post;
	tl_register_kprobe(&kp);
	check(code_add(3, 4) == 7 && seen.post == 1 && seen.ret_post == 7,
	      "post_handler sees the sum");
	check(seen.pc_post == address_of(code_add_return), "post_handler sees the next PC");
	tl_unregister_kprobe(&kp);
	back = probe_at(code_add_return);
	back.post_handler = post;
	tl_register_kprobe(&back);
	check(code_add(3, 4) == 7 && seen.post == 1 && seen.ret_post == 7,
	      "post_handler after a return by register");
	tl_unregister_kprobe(&back);
	chain = probe_at(code_chain_return);
	chain.post_handler = post;
	chain.pre_handler = pre;
	tl_register_kprobe(&chain);
	check(code_chain(3, 4) == 8 && seen.post == 1 && seen.pre == 1,
	      "post_handler after a return from the stack");
	tl_unregister_kprobe(&chain);
}

static void test_shared(void)
{
	struct tl_kprobe a = probe_at((void *)code_add), b = a, c = a;

	a.data = "a", b.data = "b", c.data = "c";
	a.pre_handler = b.pre_handler = c.pre_handler = pre;
	b.post_handler = post;
	check(!tl_register_kprobe(&a) && !tl_register_kprobe(&b) && !tl_register_kprobe(&c),
	      "three probes on one address");
	code_add(1, 2);
	check(!strcmp(seen.order, "abc") && seen.post == 1,
	      "handlers run in order of registration");
	tl_unregister_kprobe(&b);
	seen.order[0] = 0;
	code_add(1, 2);
	check(!strcmp(seen.order, "ac") && seen.post == 1, "one of them left");
	a.pre_handler = return_99;
	seen.order[0] = 0;
	check(code_add(1, 2) == 99 && !seen.order[0],
	      "a nonzero return skips the rest of the chain");
	tl_unregister_kprobe(&a);
	tl_unregister_kprobe(&c);
	check(code_add(1, 2) == 3, "all gone");
}

static void test_leaving(void)
{
	struct tl_kprobe kp = probe_at((void *)code_add);

	kp.pre_handler = leave;
	tl_register_kprobe(&kp);
	check(code_add(1, 2) == 3 && code_add(1, 2) == 3 && seen.pre == 1,
	      "a handler unregisters its own probe");
	kp.pre_handler = pre;
	check(tl_register_kprobe(&kp) == 0 && code_add(1, 2) == 3 && seen.pre == 2,
	      "and it is registered again");
	tl_unregister_kprobe(&kp);
}

static void test_nested(void)
{
	struct tl_kprobe kp = probe_at((void *)code_add), end;

	kp.pre_handler = nest;
	kp.post_handler = post;
	tl_register_kprobe(&kp);
	check(code_add(1, 2) == 3 && seen.pre == 1 && seen.arg0 == 23,
	      "a handler calls the probed function: it runs");
	check(kp.nmissed == 1 && seen.post == 1, "and is counted as missed, post_handler too");
	end = (struct tl_kprobe){
	        .addr = address_of(code_add_return), .pre_handler = pre, .post_handler = post};
	tl_register_kprobe(&end);
	seen.post = 0;
	code_add(1, 2);
	check(end.nmissed == 1 && kp.nmissed == 2 && seen.post == 2,
	      "missed on every probe below a handler, and only there");
	tl_unregister_kprobe(&end);
	tl_unregister_kprobe(&kp);
}

/* ---- contexts ---- */

static uintptr_t sum_to(uintptr_t n)
{
	return code_sum(n);
}

static void test_contexts(void)
{
	struct tl_kprobe kp[6] = {0};
	uintptr_t result = 0, at = address_of((void *)code_sum);

	memset(&seen, 0, sizeof seen);
	for (unsigned i = 0; i < 6; i++) {
		kp[i] = (struct tl_kprobe){
		        .addr = at + check_arch.step * i, .pre_handler = pre, .post_handler = post};
		check(tl_register_kprobe(&kp[i]) == 0, "every instruction of a loop is probed");
	}
	check(code_sum(10) == 55 && seen.pre == 33 && seen.post == 33, "all of them hit");
	memset(&seen, 0, sizeof seen);
	if (run_as_task(sum_to, 10, &result))
		check(result == 55 && seen.pre == 33 && seen.post == 33,
		      "in an unprivileged task on its own stack");
	memset(&seen, 0, sizeof seen);
	check(code_misaligned(10) == 55 && seen.pre == 33 && seen.post == 33,
	      "with the stack pointer misaligned");
	for (unsigned i = 0; i < 6; i++)
		tl_unregister_kprobe(&kp[i]);
	kp[0] = (struct tl_kprobe){
	        .addr = address_of(code_masked_inside), .pre_handler = pre, .post_handler = post};
	memset(&seen, 0, sizeof seen);
	check(!tl_register_kprobe(&kp[0]) && code_masked(3, 4) == 7 && seen.pre == 1 &&
	              seen.ret_post == 7,
	      "with interrupts masked");
	tl_unregister_kprobe(&kp[0]);
}

static volatile uintptr_t tick_sum, ticks_seen;

static void tick(void)
{
	tick_sum = code_chain(ticks_seen, 1);
	ticks_seen++;
}

static void test_interrupts(void)
{
	struct tl_kprobe in_tick = {
	        .addr = address_of((void *)code_chain), .pre_handler = pre, .post_handler = post};
	struct tl_kprobe tick_end = {.addr = address_of(code_chain_return), .post_handler = post};
	struct tl_kprobe isr = {
	        .addr = address_of((void *)tick), .pre_handler = pre, .post_handler = post};
	struct tl_kprobe both = {
	        .addr = address_of((void *)code_add), .pre_handler = nest, .post_handler = post};
	unsigned bad = 0, sums = 0;

	memset(&seen, 0, sizeof seen);
	check(!tl_register_kprobe(&in_tick) && !tl_register_kprobe(&tick_end) &&
	              !tl_register_kprobe(&isr) && !tl_register_kprobe(&both),
	      "probes in a timer interrupt and in what it interrupts");
	tl_board_timer(TIMER_HZ, tick);
	while (ticks_seen < 500) {
		bad += code_add(sums, 5) != sums + 5;
		sums++;
	}
	tl_board_timer(1, tick);
	check(bad == 0, "results are right in both");
	check(isr.hits >= 500 && isr.hits == in_tick.hits && in_tick.hits == tick_end.hits,
	      "every interrupt was seen");
	check(isr.nmissed == 0 && both.hits == 2 * (sums + in_tick.hits) &&
	              both.nmissed == sums + in_tick.hits,
	      "nothing was missed but what handlers caused");
	tl_unregister_kprobe(&in_tick), tl_unregister_kprobe(&tick_end), tl_unregister_kprobe(&isr),
	        tl_unregister_kprobe(&both);
}

/* ---- instructions that cannot run elsewhere ---- */

/* Every instruction of code_points is probed, as many at a time as there are points: from `at` on.
   Returns where the next begin. */
static const uintptr_t *test_flow_batch(const uintptr_t *at, unsigned *refused)
{
	static struct tl_kprobe kp[TL_POINTS];
	uintptr_t value = 5;
	unsigned n = 0;

	tl_quiescent(); /* tests in user mode have run, and are over */
	for (; *at && n < TL_POINTS; at++) {
		kp[n] = (struct tl_kprobe){
		        .addr = *at, .pre_handler = pre, .post_handler = n & 1 ? post : NULL};
		if (tl_register_kprobe(&kp[n]))
			++*refused;
		else
			n++;
	}
	printf("# %u probes, %u refused so far\n", n, *refused);
	check(code_predicated(-5) == (uintptr_t)-1 && code_predicated(7) == 1 &&
	              code_predicated(1) == 1,
	      "predicated instructions");
	check(code_dispatch(0) == 10 && code_dispatch(1) == 20 && code_dispatch(2) == 30 &&
	              code_dispatch(3) == 0,
	      "a jump table");
	check(code_chain(1, 2) == 4 && code_sum(4) == 10, "calls and branches");
	if (code_exclusive)
		check(code_exclusive(&value) == 6 && value == 6,
		      "an exclusive loop, probed around");
	while (n--)
		tl_unregister_kprobe(&kp[n]);
	return at;
}

static void test_flow(void)
{
	unsigned refused = 0;

	for (const uintptr_t *at = code_points; *at;)
		at = test_flow_batch(at, &refused);
	check(refused == (code_exclusive ? 3 : 0),
	      "all are accepted but those of the exclusive window");
}

static void test_false_lane(void)
{
	struct tl_kprobe kp = probe_at(code_predicated_false);

	if (!kp.addr)
		return;
	kp.pre_handler = pre;
	tl_register_kprobe(&kp);
	code_predicated(-5);
	check(seen.pre == 0, "an instruction in a false lane does not fire");
	code_predicated(5);
	check(seen.pre == 1, "and does in a true one");
	tl_unregister_kprobe(&kp);
}

/* ---- faults ---- */

static void test_faults(bool every_vector)
{
	struct tl_kprobe kp = probe_at((void *)code_load);
	uintptr_t good = 5;

	check_take_faults(every_vector);
	memset((void *)&check_fault, 0, sizeof check_fault);
	code_load(place_unmapped);
	unsigned vector = check_fault.vector, status = check_fault.status;

	check(check_fault.count == 1,
	      every_vector ? "bare: a fault in its own vector" : "bare: a fault in HardFault");
	tl_poll(); /* arms again what was disarmed for HardFault */
	kp.pre_handler = pre;
	tl_register_kprobe(&kp);
	check(code_load(&good) == 5 && seen.pre == 1, "a probed load");
	check(code_load(place_unmapped) == CHECK_FIXED && check_fault.count == 2,
	      "faults into the firmware's handler");
	check(check_fault.pc == kp.addr && check_fault.arg0 == (uintptr_t)place_unmapped,
	      "which sees the original PC and registers");
	check(check_fault.vector == vector && check_fault.status == status,
	      "in the same vector, with the same status bits");
	tl_poll();
	tl_unregister_kprobe(&kp);
	kp.fault_handler = decline;
	kp.post_handler = post;
	tl_register_kprobe(&kp);
	check(code_load(place_unmapped) == CHECK_FIXED && seen.fault == 1 && check_fault.count == 3,
	      "a fault_handler declines");
	check(check_fault.pc == kp.addr && check_fault.vector == vector &&
	              check_fault.status == status,
	      "with the same PC, vector and status");
	check(seen.post == 0, "and post_handler does not run");
	tl_poll();
	kp.fault_handler = claim;
	check(code_load(place_unmapped) == 42 && seen.fault == 2 && check_fault.count == 3,
	      "a fault_handler claims it");
	check(code_load(&good) == 5 && seen.post == 1, "and the next load is well");
	tl_unregister_kprobe(&kp);
}

static void test_foreign_faults(bool every_vector)
{
	check_take_faults(every_vector);
	check_fault.count = 0;
	if (check_escalation())
		check(check_fault.count == 1, "a call that escalates is the firmware's fault");
	if (check_stack_error())
		check(check_fault.count == 2, every_vector ? "a stack error in its own vector"
		                                           : "a stack error in HardFault");
	tl_poll();
}

/* ---- refusals ---- */

static void refuse(int error, const void *label, const char *what)
{
	struct tl_kprobe kp = {.addr = address_of(label), .pre_handler = pre, .post_handler = post};
	int got = tl_register_kprobe(&kp);

	if (got != error)
		printf("# %s: %d, not %d\n", what, got, error);
	check(got == error, what);
}

static void test_refusals(void)
{
	struct tl_kprobe kp = {.symbol = "code_add", .pre_handler = pre};

	check(tl_register_kprobe(&kp) == -TL_ENOENT, "a symbol without a table");
	tl_set_symbols(symbols);
	memset(&seen, 0, sizeof seen);
	check(tl_register_kprobe(&kp) == 0 && code_add(1, 1) == 2 && seen.pre == 1, "a symbol");
	tl_unregister_kprobe(&kp);
	kp.addr = address_of((void *)code_add);
	check(tl_register_kprobe(&kp) == -TL_EINVAL, "address and symbol");
	kp = (struct tl_kprobe){.pre_handler = pre};
	check(tl_register_kprobe(&kp) == -TL_EINVAL, "neither");
	kp = (struct tl_kprobe){.addr = address_of((void *)code_add), .flags = 2};
	check(tl_register_kprobe(&kp) == -TL_EINVAL, "an unknown flag");
	kp = (struct tl_kprobe){
	        .addr = address_of((void *)code_add), .flags = TL_DISABLED, .pre_handler = pre};
	seen.pre = 0;
	check(!tl_register_kprobe(&kp) && code_add(1, 1) == 2 && seen.pre == 0,
	      "registered as disabled");
	tl_unregister_kprobe(&kp);
	refuse(-TL_ETEXT, place_device, "not executable");
	refuse(-TL_ETEXT, place_unmapped, "not mapped");
	refuse(-TL_ENOPROBE, (void *)tl_poll, "the agent");
	refuse(-TL_ENOPROBE, (void *)tl_board_idle, "the board");
	refuse(-TL_EBRK, code_break, "a breakpoint of the firmware's");
	refuse(-TL_EUNDEF, code_undefined, "an undefined instruction");
	if (code_exclusive) {
		refuse(-TL_EEXCL, (void *)code_exclusive, "load-exclusive");
		refuse(-TL_EEXCL, code_exclusive_inside, "between load- and store-exclusive");
	}
	struct tl_kprobe call = {.addr = address_of(code_chain_call)};

	tl_quiescent();
	check(tl_register_kprobe(&call) == 0, "a call of four bytes");
	kp = (struct tl_kprobe){.addr = call.addr + 2};
	check(tl_register_kprobe(&kp) == -TL_EALIGN, "is not to be cut in two");
	tl_unregister_kprobe(&call);
	check(tl_chain_handler(15, tl_poll) == -TL_EINVAL, "a vector that is no fault");
}

static void test_full(void)
{
	static struct tl_kprobe kp[TL_POINTS + 1];
	unsigned n = 0;
	int err = 0;

	/* Retired slots are taken over, where nobody can be in them. All live ones make the table
	 * full. */
	tl_quiescent();
	for (uintptr_t at = address_of((void *)test_entry);
	     n <= TL_POINTS && at < address_of((void *)test_entry) + 4096; at += 2) {
		kp[n] = (struct tl_kprobe){.addr = at, .flags = TL_DISABLED};
		err = tl_register_kprobe(&kp[n]);
		if (err == -TL_EFULL)
			break;
		n += !err;
	}
	check(n == TL_POINTS && err == -TL_EFULL, "the table is full");
	for (unsigned i = 0; i < n; i++)
		tl_unregister_kprobe(&kp[i]);
	kp[0] = (struct tl_kprobe){.addr = address_of((void *)code_add)};
	tl_quiescent();
	check(tl_register_kprobe(&kp[0]) == 0, "and empty again");
	tl_unregister_kprobe(&kp[0]);
}

int main(void)
{
	tl_board_init(115200);
	tl_init(&tl_board_port);
	setvbuf(stdout, NULL, _IOLBF, 256);
	printf("# kprobes on %s\n", tl_board_port.board);
	test_entry();
	test_post();
	test_shared();
	test_leaving();
	test_nested();
	test_contexts();
	test_interrupts();
	test_flow();
	test_false_lane();
	test_faults(false);
	test_faults(true);
	test_foreign_faults(false);
	test_foreign_faults(true);
	test_refusals();
	test_full();
	printf("done, %u failed\n", check_failed);
	for (;;)
		tl_poll();
}
