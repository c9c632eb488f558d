/* SPDX-License-Identifier: MIT */
/*
 * A small kernel in supervisor mode, with probes in it: pages, of which those of text take no
 * writes; a vector and a trap handler of its own, which calls the agent's; a timer; programs in
 * user mode, which call it. Prints TAP, then "done"; then it runs programs for ever, for hosts'
 * probes.
 * Built with WRITABLE=0, it gives the agent no way to write to text, and only runs programs.
 */
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "riscv.h"
#include "riscv_mode.h"
#include "trapline.h"

enum {
	CALL_END,
	CALL_SQUARE,

	LOAD_FAULT = 13, /* causes */
	CALL_FROM_USER = 8,
	BREAKPOINT = 3,

	TIMER_HZ = 1000,
};

#define INTERRUPT ((uintptr_t)1 << (8 * sizeof(uintptr_t) - 1))

/* kernel.S has the same as numbers. */
struct frame {
	uintptr_t x[32], epc, status, unused[2];
};

void run_user(uintptr_t pc, uintptr_t sp, uintptr_t a0);
void kernel_trap(struct frame *frame);
extern const char user_ended[], user_calls[], user_reads[], user_breaks[];
extern const char __text_start[], __start_tl_text[], __stop_tl_text[];

uintptr_t kernel_stack; /* while a program runs: where run_user() goes on */
static volatile unsigned ticks, calls, user_breakpoints, user_faults, kernel_faults;
static uintptr_t user_result;
static unsigned tests, failed;

static void check(bool ok, const char *what)
{
	printf("%sok %u - %s\n", ok ? "" : "not ", ++tests, what);
	failed += !ok;
}

/* ---- pages ---- */

#if __riscv_xlen == 64
enum { LEVELS = 3, INDEX = 9 };
#define SATP_MODE ((uintptr_t)8 << 60) /* Sv39 */
#define ALIAS     ((uintptr_t)1 << 32)
#else
enum { LEVELS = 2, INDEX = 10 };
#define SATP_MODE ((uintptr_t)1 << 31) /* Sv32 */
#define ALIAS     ((uintptr_t)0x40000000)
#endif

enum { PAGE = 4096, TABLES = 40, V = 1, R = 2, W = 4, X = 8, U = 16, AD = 0xc0 };

#define RAM       ((uintptr_t)0x80200000)
#define DATA      ((uintptr_t)0x80280000) /* link.ld: text is below */
#define RAM_END   ((uintptr_t)0x80680000)
#define USER_TEXT ((uintptr_t)0x40000000)
#define USER_DATA (USER_TEXT + PAGE)

static uintptr_t tables[TABLES][PAGE / sizeof(uintptr_t)] __attribute__((aligned(4096)));
static unsigned ntables = 1; /* the first is the root */
static uint8_t user_stack[PAGE] __attribute__((aligned(4096)));
static uint8_t user_text[PAGE] __attribute__((aligned(4096)));
extern const char __start_user_programs[];

static void map(uintptr_t va, uintptr_t pa, uintptr_t flags)
{
	uintptr_t *table = tables[0], *entry;

	for (unsigned level = LEVELS; level-- > 0;) {
		entry = &table[va >> (12 + INDEX * level) & ((1u << INDEX) - 1)];
		if (level && !(*entry & V))
			*entry = (uintptr_t)tables[ntables++] >> 12 << 10 | V;
		table = (uintptr_t *)(*entry >> 10 << 12);
	}
	*entry = pa >> 12 << 10 | flags | AD | V;
}

static bool is_text(uintptr_t pa)
{
	return pa < DATA || pa - (uintptr_t)tl_slots < sizeof tl_slots;
}

static void paging(void)
{
	static const uintptr_t devices[] = {0x00100000, 0x0c000000, 0x0c002000, 0x0c201000,
	                                    0x10000000};

	for (uintptr_t pa = RAM; pa < RAM_END; pa += PAGE) {
		map(pa, pa, is_text(pa) ? R | X : R | W);
		map(pa + ALIAS, pa, R | W);
	}
	for (unsigned i = 0; i < sizeof devices / sizeof *devices; i++)
		map(devices[i], devices[i], R | W);
	map(USER_TEXT, (uintptr_t)user_text, R | X | U);
	map(USER_DATA, (uintptr_t)user_stack, R | W | U);
	__asm volatile("csrw satp, %0\n\tsfence.vma" ::"r"(SATP_MODE | (uintptr_t)tables >> 12)
	               : "memory");
}

/* By the other mapping. */
TL_NOPROBE static int write_text(uintptr_t addr, const void *from, unsigned n)
{
	const uint8_t *bytes = from;
	uintptr_t to = addr + ALIAS;

	if (n == 4 && to % 4 == 0) {
		*(volatile uint32_t *)to =
		        bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
		return 0;
	}
	for (unsigned i = 0; i < n; i += 2)
		*(volatile uint16_t *)(to + i) = (uint16_t)(bytes[i] | bytes[i + 1] << 8);
	return 0;
}

/* ---- traps ---- */

__attribute__((noipa)) uintptr_t system_call(uintptr_t number, uintptr_t arg)
{
	calls++;
	return number == CALL_SQUARE ? arg * arg : 0;
}

__attribute__((noipa)) void on_tick(void)
{
	ticks++;
}

/* Back to who has called run_user(). */
TL_NOPROBE static void end_user(struct frame *frame, uintptr_t result)
{
	user_result = result;
	frame->x[2] = kernel_stack;
	frame->epc = (uintptr_t)user_ended;
	frame->status |= XSTATUS_PP;
}

TL_NOPROBE static void on_user(struct frame *frame, uintptr_t cause)
{
	switch (cause) {
	case CALL_FROM_USER:
		frame->epc += 4;
		if (frame->x[17] == CALL_END)
			end_user(frame, frame->x[10]);
		else
			frame->x[10] = system_call(frame->x[17], frame->x[10]);
		break;
	case BREAKPOINT:
		user_breakpoints++;
		frame->epc += 2;
		break;
	default:
		user_faults++;
		end_user(frame, cause);
	}
}

TL_NOPROBE void kernel_trap(struct frame *frame)
{
	uintptr_t cause;

	__asm volatile("csrr %0, " CSR(XCAUSE) : "=r"(cause));
	if (tl_trap_saved(frame->x + 1, &frame->epc, &frame->status, cause))
		return;
	if (cause & INTERRUPT) {
		void tl_riscv_trap(struct tl_riscv_frame *);

		tl_riscv_trap(&(struct tl_riscv_frame){.cause = cause});
	} else if (!(frame->status & XSTATUS_PP)) {
		on_user(frame, cause);
	} else {
		kernel_faults++; /* all of them are tries of main()'s, by instructions of 4 bytes */
		frame->epc += 4;
	}
}

/* ---- probes ---- */

__attribute__((noipa)) unsigned work(unsigned n)
{
	unsigned sum = 0;

	for (unsigned i = 1; i <= n; i++)
		sum += i * i;
	return sum;
}

static volatile unsigned pre_seen, post_seen, returned, spun;

static int pre(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
	pre_seen++;
	return 0;
}

static void post(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
	post_seen++;
}

/* Interrupts come meanwhile. */
static int spin(struct tl_kprobe *kp, struct tl_regs *regs)
{
	unsigned until = ticks + 3;

	(void)kp, (void)regs;
	while ((int)(ticks - until) < 0)
		spun++;
	return 0;
}

static int on_return(struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	(void)in;
	returned = (unsigned)tl_regs_retval(regs, 0);
	tl_regs_set(regs, 10, 1000);
	return 0;
}

static void test_pages(void)
{
	uintptr_t at = (uintptr_t)work & ~(uintptr_t)3;

	kernel_faults = 0;
	__asm volatile(".option push\n\t.option norvc\n\tsw zero, 0(%0)\n\t.option pop" ::"r"(at)
	               : "memory");
	check(kernel_faults == 1, "text takes no writes");
	check(work(3) == 14, "and has none");
}

static void test_probes(void)
{
	struct tl_kprobe counted = {.addr = (uintptr_t)work};
	struct tl_kprobe handled = {
	        .addr = (uintptr_t)work, .pre_handler = pre, .post_handler = post};
	struct tl_kretprobe hooked = {.kp = {.addr = (uintptr_t)work}, .handler = on_return};

	check(!tl_register_kprobe(&counted) && work(3) == 14 && counted.hits == 1, "counted");
	check(!tl_register_kprobe(&handled) && work(4) == 30 && pre_seen == 1 && post_seen == 1,
	      "with handlers");
	check(counted.hits == 2 && !handled.nmissed, "beside the other");
	tl_unregister_kprobe(&handled);
	tl_unregister_kprobe(&counted);
	check(!tl_register_kretprobe(&hooked) && work(3) == 1000 && returned == 14, "a return");
	tl_unregister_kretprobe(&hooked);
	check(work(3) == 14, "all gone");
}

static void test_interrupts(void)
{
	struct tl_kprobe tick = {.addr = (uintptr_t)on_tick, .pre_handler = pre};
	struct tl_kprobe slow = {.addr = (uintptr_t)work, .pre_handler = spin};
	unsigned before;

	pre_seen = 0;
	before = ticks;
	check(!tl_register_kprobe(&tick) && !tl_register_kprobe(&slow), "in a timer's handler");
	check(work(3) == 14 && slow.hits == 1 && spun, "interrupts come while a handler runs");
	tl_unregister_kprobe(&tick);
	check(tick.hits >= 3 && tick.nmissed == 0 && pre_seen == tick.hits, "and none is missed");
	check(ticks - before >= tick.hits, "all of them ticks");
	tl_unregister_kprobe(&slow);
}

static uintptr_t user(const char *program, uintptr_t a0)
{
	run_user(USER_TEXT + (uintptr_t)(program - user_calls), USER_DATA + PAGE, a0);
	return user_result;
}

static void test_users(void)
{
	struct tl_kprobe call = {.addr = (uintptr_t)system_call, .pre_handler = pre};

	check(user(user_calls, 0) == 385 && calls == 10, "a program calls");
	pre_seen = calls = 0;
	check(!tl_register_kprobe(&call) && user(user_calls, 0) == 385, "what it calls is probed");
	check(calls == 10 && call.hits == 10 && pre_seen == 10 && !call.nmissed, "each call");
	check(user(user_breaks, 0) == 6 && user_breakpoints == 1, "its breakpoint is the kernel's");
	check(user(user_reads, (uintptr_t)&kernel_stack) == LOAD_FAULT && user_faults == 1,
	      "and so is its fault");
	tl_unregister_kprobe(&call);
}

int main(void)
{
	struct tl_port port = tl_board_port;

	port.write_text = WRITABLE ? write_text : NULL;
	memcpy(user_text, user_calls, PAGE / 2);
	__asm volatile("fence.i" ::: "memory");
	__asm volatile("csrw " CSR(XSCRATCH) ", zero"); /* a reset need not clear it */
	tl_board_init(115200);
	paging();
	tl_init(&port);
	tl_board_timer(TIMER_HZ, on_tick);
	setvbuf(stdout, NULL, _IOLBF, 256);
	printf("# kernel on %s\n", port.board);
	test_pages();
	if (WRITABLE) {
		test_probes();
		test_interrupts();
		test_users();
	}
	printf("done, %u failed\n", failed);
	for (;;) {
		calls = 0;
		if (user(user_calls, 0) != 385 || calls != 10)
			printf("wrong\n");
		tl_poll();
	}
}
