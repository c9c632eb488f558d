/* SPDX-License-Identifier: MIT */
/*
 * Watches on the target, from the firmware's own side: every promise of trapline.h about them.
 * Prints TAP, then "done".
 */
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "check.h"

#if TL_WATCHES

enum { TIMER_HZ = 1000, FEW = 200 };

static volatile uint32_t word, other;
static volatile struct {
	uint8_t bytes[4];
	uint16_t halves[2];
} parts __attribute__((aligned(8)));

static struct {
	unsigned hits;
	uintptr_t was, pc, stack;
	uint32_t now;
} seen;

static void note(struct tl_watch *w, struct tl_regs *regs, uintptr_t was)
{
	seen.hits++;
	seen.was = was;
	seen.pc = tl_regs_get(regs, check_arch.pc);
	seen.stack = tl_regs_get(regs, check_arch.sp) - (uintptr_t)__builtin_dwarf_cfa();
	if (!(w->access & TL_WATCH_READ)) /* else that would be one */
		seen.now = *(volatile uint32_t *)w->addr;
}

static struct tl_watch watch_of(const volatile void *data, unsigned size, unsigned access)
{
	memset(&seen, 0, sizeof seen);
	return (struct tl_watch){.addr = (uintptr_t)data,
	                         .size = (uint8_t)size,
	                         .access = (uint8_t)access,
	                         .handler = note};
}

__attribute__((noinline)) static void store(uint32_t value)
{
	word = value;
}

__attribute__((noinline)) static uint32_t load(void)
{
	return word;
}

static bool is_within(uintptr_t pc, const void *function)
{
	enum { MOST = 32 }; /* bytes that it may be long */

	return pc - (uintptr_t)function < MOST;
}

static void test_write(void)
{
	struct tl_watch w = watch_of(&word, sizeof word, TL_WATCH_WRITE);

	store(5);
	check(tl_register_watch(&w) == 0, "a variable is watched");
	check(tl_register_watch(&w) == -TL_EBUSY, "the same object twice is busy");
	store(7);
	check(word == 7 && w.hits == 1 && seen.hits == 1, "a write is made, and a hit");
	check(seen.was == 5 && seen.now == 7,
	      "the handler knows the value before, and sees the new");
	check(is_within(seen.pc, (void *)store), "and whose it was");
	check(seen.stack <= check_arch.stack, "with as much stack gone as trapline.h says");
	check(load() == 7 && w.hits == 1, "a read is none");
	check(tl_disable_watch(&w) == 0, "disabled");
	store(8);
	check(word == 8 && w.hits == 1, "which hits nothing");
	check(tl_enable_watch(&w) == 0, "enabled again");
	tl_disarm_all();
	store(9);
	check(word == 9 && w.hits == 1, "everything disarmed");
	tl_arm_all();
	store(10);
	check(word == 10 && w.hits == 2 && w.nmissed == 0, "everything armed again");
	check(tl_unregister_watch(&w) == 0, "unregistered");
	store(11);
	check(word == 11 && w.hits == 2, "and gone");
	check(tl_unregister_watch(&w) == -TL_ENOENT, "unregistered twice: no such watch");
}

static void test_read(void)
{
	struct tl_watch w = watch_of(&word, sizeof word, TL_WATCH_READ), both;

	store(21);
	tl_register_watch(&w);
	check(load() == 21 && w.hits == 1 && seen.was == 21 && is_within(seen.pc, (void *)load),
	      "a read, its value, and whose it was");
	store(22);
	check(w.hits == 1, "a write is none");
	tl_unregister_watch(&w);
	both = watch_of(&word, sizeof word, TL_WATCH_WRITE | TL_WATCH_READ);
	tl_register_watch(&both);
	store(23);
	check(load() == 23 && both.hits == 2, "either");
	tl_unregister_watch(&both);
}

/* Of what is beside, which a comparator may see too, nothing is a hit. */
static void test_sizes(void)
{
	struct tl_watch byte = watch_of(&parts.bytes[0], 1, TL_WATCH_WRITE), half;

	tl_register_watch(&byte);
	for (unsigned i = 0; i < 4; i++)
		parts.bytes[i] = (uint8_t)(i + 1);
	parts.halves[0] = 5;
	check(byte.hits == 1 && parts.bytes[0] == 1 && parts.bytes[3] == 4, "a byte");
	*(volatile uint32_t *)(volatile void *)parts.bytes = 0x44332211;
	check(byte.hits == 2 && seen.was == 1 && parts.bytes[0] == 0x11,
	      "as a part of what is written");
	tl_unregister_watch(&byte);
	half = watch_of(&parts.halves[1], 2, TL_WATCH_WRITE);
	tl_register_watch(&half);
	parts.halves[0] = 6;
	parts.halves[1] = 7;
	parts.halves[1] = 8;
	check(half.hits == 2 && seen.was == 7, "a half-word");
	tl_unregister_watch(&half);
}

/* ---- with probes, handlers, interrupts ---- */

static unsigned pre_hits, post_hits;

static int pre(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
	pre_hits++;
	return 0;
}

static void post(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
	post_hits++;
}

/* Of the instruction there: its length, and does the function end with it? */
static unsigned length_at(uintptr_t at, bool *ends)
{
#ifdef __aarch64__
	*ends = *(const uint32_t *)at == 0xd65f03c0;
	return 4;
#else
	*ends = *(const uint16_t *)at == 0x8082;
	return (*(const uint16_t *)at & 3) == 3 ? 4 : 2;
#endif
}

/* Every instruction of a function that is probed makes its access in a slot. */
static void test_probed(void)
{
	struct tl_watch w = watch_of(&word, sizeof word, TL_WATCH_WRITE);
	struct tl_kprobe kp[8];
	unsigned n = 0;

	for (uintptr_t at = (uintptr_t)store; n < 8;) {
		bool ends;
		unsigned length = length_at(at, &ends);

		kp[n] = (struct tl_kprobe){
		        .addr = at, .pre_handler = pre, .post_handler = n & 1 ? post : NULL};
		if (tl_register_kprobe(&kp[n]))
			break;
		n++;
		if (ends)
			break;
		at += length;
	}
	check(n >= 2, "every instruction of a function is probed");
	tl_register_watch(&w);
	store(31);
	store(32);
	check(word == 32 && w.hits == 2 && pre_hits == 2 * n && post_hits == 2 * (n / 2),
	      "and what it writes is seen");
	check(seen.was == 31 && is_within(seen.pc, (void *)store), "as its own");
	tl_unregister_watch(&w);
	while (n--)
		tl_unregister_kprobe(&kp[n]);
}

static void write_again(struct tl_watch *w, struct tl_regs *regs, uintptr_t was)
{
	(void)w, (void)regs;
	seen.hits++;
	word = (uint32_t)was + 100;
}

static void test_nested(void)
{
	struct tl_watch w = watch_of(&word, sizeof word, TL_WATCH_WRITE), second, third;

	store(1);
	w.handler = write_again;
	tl_register_watch(&w);
	store(2);
	check(word == 101 && seen.hits == 1, "a handler writes what is watched");
	check(w.hits == 2 && w.nmissed == 1, "which it misses itself");
	tl_unregister_watch(&w);
	w = second = watch_of(&word, sizeof word, TL_WATCH_WRITE);
	third = watch_of(&word, sizeof word, TL_WATCH_WRITE | TL_WATCH_READ);
	check(!tl_register_watch(&w) && !tl_register_watch(&second), "two of one variable");
	store(3);
	check(w.hits == 1 && second.hits == 1 && seen.hits == 2, "both see it");
	check(!tl_register_watch(&third), "and one of another kind");
	store(4);
	check(third.hits == 1 && w.hits == 2 && third.nmissed + w.nmissed + second.nmissed > 0 &&
	              seen.hits + third.nmissed + w.nmissed + second.nmissed == 5,
	      "all count it; whose handlers did not run missed it");
	tl_unregister_watch(&w), tl_unregister_watch(&second), tl_unregister_watch(&third);
}

static volatile unsigned ticks_seen;

static void tick(void)
{
	other++;
	ticks_seen++;
}

static void test_interrupts(void)
{
	struct tl_watch inner = watch_of(&other, sizeof other, TL_WATCH_WRITE),
	                outer = watch_of(&word, sizeof word, TL_WATCH_WRITE);
	unsigned stores = 0, bad = 0, since;

	other = 0;
	check(!tl_register_watch(&inner) && !tl_register_watch(&outer),
	      "variables of a timer interrupt, and of what it interrupts");
	tl_board_timer(TIMER_HZ, tick);
	while (ticks_seen < FEW) {
		store(stores++);
		bad += word != stores - 1;
	}
	tl_board_timer(1, tick);
	since = ticks_seen;
	check(!bad && other >= since, "values are right in both");
	check(outer.hits == stores && inner.hits >= FEW && inner.hits - since <= 1,
	      "every write was seen");
	check(outer.nmissed == 0 && inner.nmissed == 0, "nothing was missed");
	tl_unregister_watch(&inner), tl_unregister_watch(&outer);
}

static uintptr_t store_as_task(uintptr_t n)
{
	store((uint32_t)n);
	return load();
}

static void test_contexts(void)
{
	struct tl_watch w = watch_of(&word, sizeof word, TL_WATCH_WRITE);
	uintptr_t result = 0;

	tl_register_watch(&w);
	if (run_as_task(store_as_task, 10, &result))
		check(result == 10 && w.hits == 1 && seen.hits == 1, "in an unprivileged task");
	tl_unregister_watch(&w);
}

/* ---- atomic accesses ---- */

static void test_atomic(void)
{
	struct tl_watch w = watch_of(&word, sizeof word, TL_WATCH_WRITE);
	static uintptr_t value;

	store(40);
	tl_register_watch(&w);
#if !defined __aarch64__ || defined __ARM_FEATURE_ATOMICS /* else it is an exclusive loop */
	check(__atomic_fetch_add(&word, 2, __ATOMIC_SEQ_CST) == 40 && word == 42 && w.hits == 1 &&
	              seen.was == 40,
	      "what reads and writes at once");
#endif
	tl_unregister_watch(&w);
	if (!code_exclusive)
		return;
	value = 5;
	w = watch_of(&value, sizeof value, TL_WATCH_WRITE | TL_WATCH_READ);
	tl_register_watch(&w);
	check(code_exclusive(&value) == 6 && value == 6, "an exclusive loop comes to its end");
	check(w.hits > 0 && w.nmissed == w.hits && !seen.hits, "and counts as missed");
	tl_poll();
	value = 7;
	check(*(volatile uintptr_t *)&value == 7 && seen.hits > 0, "others are seen again then");
	tl_unregister_watch(&w);
}

/* ---- what cannot be read ---- */

/* The agent's own access faults while it is stepped. */
static void test_unmapped(void)
{
	struct tl_watch w = watch_of(place_unmapped, 4, TL_WATCH_READ | TL_WATCH_WRITE);
	int err = tl_register_watch(&w);
	uint32_t value;

	check(!err || err == -TL_EFAULT, "where nothing is");
	check(tl_original((uintptr_t)place_unmapped, &value, sizeof value) == -TL_EFAULT,
	      "which the agent finds out by itself");
	tl_unregister_watch(&w);
}

/* ---- what is refused ---- */

static void test_refusals(void)
{
	struct tl_watch w[TL_WATCHES + 1], one = watch_of(&word, 3, TL_WATCH_WRITE);
	unsigned n = 0;
	int err = 0;

	check(tl_register_watch(&one) == -TL_EINVAL, "three bytes");
	one.size = 4;
	one.addr += 2;
	check(tl_register_watch(&one) == -TL_EINVAL, "at no multiple of its size");
	one = watch_of(&word, 4, 0);
	check(tl_register_watch(&one) == -TL_EINVAL, "no kind of access");
	one = watch_of(&word, 4, TL_WATCH_WRITE);
	one.flags = 2;
	check(tl_register_watch(&one) == -TL_EINVAL, "an unknown flag");
	one = watch_of(tl_slots, 4, TL_WATCH_WRITE);
	check(tl_register_watch(&one) == -TL_ENOPROBE, "the agent's own memory");
	for (; n < TL_WATCHES + 1 && !err; n += !err) {
		w[n] = watch_of(&word, 4, n & 1 ? TL_WATCH_READ : TL_WATCH_WRITE);
		w[n].addr = (uintptr_t)&parts + 4 * (n / 2 % 2);
		w[n].flags = TL_DISABLED;
		if (n > 3)
			w[n].size = 1;
		err = tl_register_watch(&w[n]);
	}
	check(n == TL_WATCHES && err == -TL_EFULL, "as many as there are, disabled");
	for (err = 0; n-- && !err;)
		err = tl_enable_watch(&w[n]);
	check(!err || err == -TL_EFULL, "enabled, as far as the core has comparators");
	for (unsigned i = 0; i < TL_WATCHES; i++)
		tl_unregister_watch(&w[i]);
	one = watch_of(&word, 4, TL_WATCH_WRITE);
	check(!tl_register_watch(&one) && (store(1), one.hits == 1), "and all of it free again");
	tl_unregister_watch(&one);
}

int main(void)
{
	tl_board_init(115200);
	tl_init(&tl_board_port);
	setvbuf(stdout, NULL, _IOLBF, 256);
	printf("# watches on %s\n", tl_board_port.board);
	test_write();
	test_read();
	test_sizes();
	test_probed();
	test_nested();
	test_contexts();
	test_atomic();
	test_interrupts();
	test_unmapped();
	test_refusals();
	printf("done, %u failed\n", check_failed);
	for (;;)
		tl_poll();
}

#else

int main(void)
{
	static volatile uint32_t word;
	struct tl_watch w = {.addr = (uintptr_t)&word, .size = 4, .access = TL_WATCH_WRITE};

	tl_board_init(115200);
	tl_init(&tl_board_port);
	setvbuf(stdout, NULL, _IOLBF, 256);
	printf("# watches on %s\n", tl_board_port.board);
	check(tl_register_watch(&w) == -TL_ENOSUP, "an agent without watches says so");
	check(tl_unregister_watch(&w) == -TL_ENOENT, "and has none");
	printf("done, %u failed\n", check_failed);
	for (;;)
		tl_poll();
}

#endif
