/* SPDX-License-Identifier: MIT */
/*
 * Firmware for a debugger: it waits for one, then does what that writes to `job`, and shows in
 * variables what it has done.
 */
#include <stdio.h>

#include "board.h"
#include "check.h"

/* In steps_<arch>.S: functions that stop, fault, wait, or trap at their first instructions. */
uintptr_t step_break(uintptr_t a);     /* a + 1, behind a breakpoint */
uintptr_t step_undefined(uintptr_t a); /* CHECK_FIXED, by the firmware's handler */
uintptr_t step_wait(uintptr_t a);      /* a + 1, after an interrupt */
uintptr_t step_call(uintptr_t a);      /* more than a: goes through the supervisor's handler */
/* 77 if *at is 41, else adds 2 to it, by an exclusive sequence */
uintptr_t step_window(uintptr_t *at) CHECK_OPTIONAL;
/* a / b, where dividing by 0 is a fault once asked for */
void step_trap_division(void) CHECK_OPTIONAL;
uintptr_t step_divide(uintptr_t a, uintptr_t b) CHECK_OPTIONAL;

enum { TICK_HZ = 500 };

/* rounds of main, timer interrupts, their greatest delay in ticks, jobs */
volatile uint32_t rounds, ticks, late, done;
volatile uintptr_t result;
uintptr_t word = 41;
char greeting[] = "trapline"; /* for the debugger to read and write */

/* ---- functions to look at ---- */

__attribute__((noinline)) uint32_t factorial(uint32_t n);
uint32_t factorial(uint32_t n)
{
	if (n < 2)
		return 1;
	return n * factorial(n - 1);
}

__attribute__((noinline)) uint32_t triangle(uint32_t n);
uint32_t triangle(uint32_t n)
{
	uint32_t sum = 0;

	for (uint32_t i = 1; i <= n; i++)
		sum += i;
	return sum;
}

__attribute__((noinline)) void tick(void);
void tick(void)
{
	static uint32_t due;
	uint32_t now = tl_board_port.ticks(tl_board_port.ctx), behind = now - due;

	if (ticks++ && behind > late &&
	    behind < UINT32_MAX / 2) /* else it is early: the timer counts in other ticks */
		late = behind;
	due += tl_board_port.tick_hz / TICK_HZ;
	if (ticks == 1)
		due = now + tl_board_port.tick_hz / TICK_HZ;
}

/* ---- jobs ---- */

static struct tl_kprobe kp;
static unsigned seen;

static int pre(struct tl_kprobe *probe, struct tl_regs *regs)
{
	(void)probe, (void)regs;
	seen++;
	return 0;
}

static void job_probe(void)
{
	kp.addr = address_of((void *)code_add);
	kp.pre_handler = pre;
	result = (uintptr_t)tl_register_kprobe(&kp);
}

static void job_unprobe(void)
{
	result = (uintptr_t)tl_unregister_kprobe(&kp);
}

static void job_add(void)
{
	result = code_add(20, 22);
}

static void job_factorial(void)
{
	result = factorial(5);
}

static uintptr_t task(uintptr_t n)
{
	return factorial((uint32_t)n);
}

/* On a task's stack, unprivileged, where the core can. */
static void job_task(void)
{
	uintptr_t of_task;

	result = run_as_task(task, 5, &of_task) ? of_task : factorial(5);
}

static void job_triangle(void)
{
	result = triangle(100);
}

static void job_predicated(void)
{
	result = code_predicated(-7) + 10 * code_predicated(7);
}

static void job_exclusive(void)
{
	if (code_exclusive)
		result = code_exclusive(&word);
}

static void job_break(void)
{
	result = step_break(41);
}

static void job_undefined(void)
{
	result = step_undefined(1);
}

static void job_load(void)
{
	result = code_load(place_unmapped);
}

static void job_divide(void)
{
	if (step_divide)
		result = step_divide(42, 0);
}

static void job_window(void)
{
	if (step_window)
		result = step_window(&word);
}

static void job_wait(void)
{
	result = step_wait(41);
}

static void job_call(void)
{
	result = step_call(41);
}

static void job_timer(void)
{
	tl_board_timer(TICK_HZ, tick);
}

static void job_print(void)
{
	puts("printed on the way");
}

/* Runs with interrupts let in and never polls: only an interrupt can stop it. */
static void job_hang(void)
{
	for (; word; rounds++)
		; /* a line that GDB's `next` steps in for ever */
	word = 41;
}

/* The same after it has polled for a while. */
static void job_hang_later(void)
{
	uint32_t start = tl_board_port.ticks(tl_board_port.ctx);

	while (tl_board_port.ticks(tl_board_port.ctx) - start < tl_board_port.tick_hz / 5)
		tl_poll();
	result = 99;
	job_hang();
}

/* The same, through a function that can be stopped at. */
static void job_triangles(void)
{
	while (word)
		result = triangle(3);
	word = 41;
}

static void (*const jobs[])(void) = {
        job_probe,      job_unprobe,   job_add,   job_factorial,  job_triangle,
        job_predicated, job_exclusive, job_break, job_undefined,  job_load,
        job_divide,     job_wait,      job_call,  job_timer,      job_print,
        job_hang,       job_window,    job_task,  job_hang_later, job_triangles,
};
static void (*volatile job)(void); /* one of them */

int main(void)
{
	tl_board_init(115200);
	tl_init(&tl_board_port);
	setvbuf(stdout, NULL, _IOLBF, 128);
	check_take_faults(false);
	if (step_trap_division)
		step_trap_division();
	tl_wait_for_debugger();
	printf("debug: %s\n", greeting);
	for (;;) {
		tl_poll();
		rounds++;
		for (unsigned i = 0; i < sizeof jobs / sizeof jobs[0]; i++)
			if (address_of((void *)job) == address_of((void *)jobs[i])) {
				job = NULL;
				jobs[i]();
				done++;
			}
	}
}
