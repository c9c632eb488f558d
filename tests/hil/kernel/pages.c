/* SPDX-License-Identifier: MIT */
/*
 * Firmware on AArch64 whose text and slots nobody may write to, and which tests itself: it writes
 * them by another mapping (tl_port.write_text). The board maps its text so, if it is built with
 * TL_A64_READ_ONLY; the slots and the other mapping are this program's.
 *
 * Follows the Arm Architecture Reference Manual for A-profile, DDI 0487: D8.3 (descriptors).
 */
#include <stdio.h>
#include <string.h>

#include "aarch64.h"
#include "board.h"
#include "trapline.h"

enum { TICK_HZ = 500, ENTRIES = 512 };

/* RAM's first GiB is there a second time. */
static const uintptr_t ALIAS = 0x100000000;

extern char __slots_start[], __slots_end[];

static volatile unsigned ticks, faults, written, pre_seen, post_seen, returned, failed;

static void check(bool ok, const char *what)
{
	failed += !ok;
	printf("%s %s\n", ok ? "ok" : "not ok", what);
}

/* ---- pages ---- */

static uint64_t *table_of(uint64_t descriptor)
{
	return (uint64_t *)(descriptor & 0xfffffff000);
}

static void map(void)
{
	enum { BLOCK = 1, NORMAL = 1 << 2, SHAREABLE = 3 << 8, ACCESSED = 1 << 10 };
	enum { READ_ONLY = 1 << 7, GIB_SHIFT = 30, BLOCK_SHIFT = 21, PAGE_SHIFT = 12 };
	const uint64_t never_executed = (uint64_t)3 << 53;
	uint64_t *level_1, *level_3, pa = tl_a64_ram.start;

	__asm volatile("mrs %0, ttbr0_el1" : "=r"(level_1));
	level_1[(pa + ALIAS) >> GIB_SHIFT] =
	        pa | BLOCK | NORMAL | SHAREABLE | ACCESSED | never_executed;
	level_3 = table_of(table_of(level_1[pa >> GIB_SHIFT])[pa >> BLOCK_SHIFT & (ENTRIES - 1)]);
	for (const char *at = __slots_start; at < __slots_end; at += 1 << PAGE_SHIFT)
		level_3[(uintptr_t)at >> PAGE_SHIFT & (ENTRIES - 1)] |= READ_ONLY;
	__asm volatile("dsb ish\n\ttlbi vmalle1\n\tdsb ish\n\tisb" ::: "memory");
}

/* By the other mapping. */
TL_NOPROBE static int write_text(uintptr_t addr, const void *from, unsigned n)
{
	const uint8_t *bytes = from;

	if (n != 4 || addr % 4)
		return 1;
	*(volatile uint32_t *)(addr + ALIAS) =
	        bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
	written = written + 1;
	return 0;
}

/* All of them are tries of main()'s. */
void tl_a64_other(struct tl_a64_frame *frame)
{
	faults = faults + 1;
	frame->elr += 4;
}

/* ---- what is probed ---- */

__attribute__((noipa)) unsigned work(unsigned n)
{
	unsigned sum = 0;

	for (unsigned i = 1; i <= n; i++)
		sum += i * i;
	return sum;
}

__attribute__((noipa)) void on_tick(void)
{
	ticks = ticks + 1;
}

static int pre(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
	pre_seen = pre_seen + 1;
	return 0;
}

static void post(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
	post_seen = post_seen + 1;
}

static int on_return(struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	(void)in;
	returned = (unsigned)tl_regs_retval(regs, 0);
	tl_regs_set(regs, 0, 1000);
	return 0;
}

/* ---- tests ---- */

static void store(uintptr_t at)
{
	__asm volatile("str wzr, [%0]" ::"r"(at) : "memory");
}

static void test_pages(void)
{
	store((uintptr_t)work);
	check(faults == 1, "text takes no writes");
	store((uintptr_t)__slots_start);
	check(faults == 2, "nor do slots");
	check(work(3) == 14, "and it has none");
}

static void test_probes(void)
{
	struct tl_kprobe counted = {.addr = (uintptr_t)work};
	struct tl_kprobe handled = {
	        .addr = (uintptr_t)work, .pre_handler = pre, .post_handler = post};
	struct tl_kretprobe hooked = {.kp = {.addr = (uintptr_t)work}, .handler = on_return};
	uint8_t linked[64];

	memcpy(linked, (const void *)(uintptr_t)work, sizeof linked);
	check(!tl_register_kprobe(&counted) && work(3) == 14 && counted.hits == 1, "counted");
	check(written && memcmp(linked, (const void *)(uintptr_t)work, sizeof linked),
	      "by a breakpoint in the text");
	check(!tl_register_kprobe(&handled) && work(4) == 30 && pre_seen == 1 && post_seen == 1,
	      "with handlers");
	check(counted.hits == 2 && !handled.nmissed, "beside the other");
	tl_unregister_kprobe(&handled);
	tl_unregister_kprobe(&counted);
	check(!tl_register_kretprobe(&hooked) && work(3) == 1000 && returned == 14, "a return");
	tl_unregister_kretprobe(&hooked);
	check(work(3) == 14 && !memcmp(linked, (const void *)(uintptr_t)work, sizeof linked),
	      "all gone, and the text as it was");
}

static void test_interrupts(void)
{
	struct tl_kprobe tick = {.addr = (uintptr_t)on_tick, .pre_handler = pre};
	unsigned before = ticks;

	pre_seen = 0;
	check(!tl_register_kprobe(&tick), "in a timer's handler");
	while (ticks - before < 4)
		;
	tl_unregister_kprobe(&tick);
	check(tick.hits >= 3 && !tick.nmissed && pre_seen == tick.hits, "and none is missed");
}

/* Every instruction, each with a handler behind it. */
static void test_each(void)
{
	unsigned hit = 0, n = 0, refused = 0;

	for (uintptr_t at = (uintptr_t)work; *(const uint32_t *)at != 0xd65f03c0; at += 4, n++) {
		struct tl_kprobe one = {.addr = at, .post_handler = post};

		refused += tl_register_kprobe(&one) || work(5) != 55;
		hit += one.hits > 0;
		tl_unregister_kprobe(&one);
	}
	check(n > 5 && hit >= n - 1 && !refused, "at each instruction");
	check(faults == 2, "no fault");
}

int main(void)
{
	struct tl_port port = tl_board_port;

	port.write_text = write_text;
	tl_board_init(115200);
	map();
	tl_init(&port);
	tl_board_timer(TICK_HZ, on_tick);
	setvbuf(stdout, NULL, _IOLBF, 256);
	printf("# pages on %s\n", port.board);
	test_pages();
	test_probes();
	test_interrupts();
	test_each();
	printf("done, %u failed\n", failed);
	for (;;) {
		work(ticks);
		tl_poll();
	}
}
