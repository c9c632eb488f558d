/* SPDX-License-Identifier: MIT */
/*
 * Tasks that take turns by a timer, as in an RTOS that preempts: see check.h. Main is one of them.
 */
#include "tasks.h"

#include <stddef.h>

#include "board.h"
#include "check.h"

/* Stacks so far apart that no task's hit counts as caused by the other's handler. */
enum { MAIN, TASKS = 3, STACK_WORDS = 2 * TL_HANDLER_STACK / sizeof(uintptr_t) };

void (*check_idle)(void), (*check_in_tick)(void), (*check_in_switch)(void);

static struct check_task tasks[TASKS];
static uintptr_t stacks[TASKS - 1][STACK_WORDS] __attribute__((aligned(16))); /* main has its own */
static volatile bool done[TASKS];
static unsigned current;

const struct check_task *check_task(unsigned n)
{
	return n < TASKS && !done[n] ? &tasks[n] : NULL;
}

unsigned check_current(void)
{
	return current;
}

struct check_task *check_next(uintptr_t sp, uintptr_t more0, uintptr_t more1)
{
	tasks[current] = (struct check_task){sp, {more0, more1}};
	if (check_in_switch)
		check_in_switch();
	do
		current = (current + 1) % TASKS;
	while (done[current]);
	return &tasks[current];
}

/* Where a task's function returns to. */
static void finished(void)
{
	for (unsigned i = 1; i < TASKS; i++) {
		uintptr_t sp = (uintptr_t)__builtin_frame_address(0),
		          base = (uintptr_t)stacks[i - 1];

		if (sp - 1 - base < sizeof stacks[i - 1]) /* a frame's address may be its end */
			done[i] = true;
	}
	for (;;)
		;
}

static void make_task(unsigned task, void (*fn)(uintptr_t), uintptr_t arg)
{
	tasks[task] = check_new_task(stacks[task - 1] + STACK_WORDS, fn, arg, finished);
	done[task] = false;
}

static void nothing(void)
{
}

static void tick(void)
{
	if (check_in_tick)
		check_in_tick();
	check_preempt();
}

static uint32_t rate; /* of switches, in Hz */

/* On main's own stack for that time: the first switch comes no sooner than that is. */
static void wait_for_tasks(void)
{
	tl_board_timer(rate, tick);
	while (!done[1] || !done[2])
		if (check_idle)
			check_idle();
	tl_board_timer(1, nothing);
}

void check_tasks(uint32_t hz, void (*a)(uintptr_t), uintptr_t arg_a, void (*b)(uintptr_t),
                 uintptr_t arg_b)
{
	make_task(1, a, arg_a);
	make_task(2, b, arg_b);
	current = MAIN;
	rate = hz;
	check_run_main(wait_for_tasks);
}
