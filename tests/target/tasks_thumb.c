/* SPDX-License-Identifier: MIT */
/*
 * Tasks on Cortex-M: see check.h. A timer interrupt pends PendSV, which switches, as in an RTOS that preempts. Main is one of
 * them: it goes over to PSP for the time, and MSP is left to handlers.
 */
#include "board.h"
#include "check.h"

#define ICSR           (*(volatile uint32_t *)0xe000ed04u)
#define ICSR_PENDSVSET 0x10000000u
#define XPSR_T         0x01000000u
#define EXC_RETURN_PSP 0xfffffffdu /* thread mode, basic frame */
#define CONTROL_NPRIV  1u

/* Stacks so far apart that no task's hit counts as caused by the other's handler. */
enum { MAIN, TASKS = 3, STACK_WORDS = 2 * TL_HANDLER_STACK / 4, FRAME_WORDS = 8, SAVED_WORDS = 8 };

/* What switch_thumb.S keeps of a context besides what lies on its stack. */
struct context {
	uint32_t psp, control, exc_return;
};

void (*check_idle)(void);

static struct context contexts[TASKS];
static uint64_t stacks[TASKS - 1][STACK_WORDS / 2]; /* main has its own */
static volatile bool done[TASKS];
static unsigned current;

void check_on_psp(void (*fn)(void));
struct context *check_next(uint32_t psp, uint32_t control, uint32_t exc_return);

/* From PendSV: the context that goes on, that of the arguments being put aside. */
struct context *check_next(uint32_t psp, uint32_t control, uint32_t exc_return)
{
	contexts[current] = (struct context){psp, control, exc_return};
	do
		current = (current + 1) % TASKS;
	while (done[current]);
	return &contexts[current];
}

static void preempt(void)
{
	ICSR = ICSR_PENDSVSET;
}

/* Where a task's function returns to. */
static void finished(void)
{
	for (unsigned i = 1; i < TASKS; i++) {
		uint32_t sp = (uint32_t)__builtin_frame_address(0), base = (uint32_t)stacks[i - 1];

		if (sp - base < sizeof stacks[i - 1])
			done[i] = true;
	}
	for (;;)
		;
}

static void make_task(unsigned task, void (*fn)(uintptr_t), uintptr_t arg)
{
	uint32_t *frame = (uint32_t *)stacks[task - 1] + STACK_WORDS - FRAME_WORDS;

	frame[0] = arg;
	frame[5] = (uint32_t)finished;
	frame[6] = (uint32_t)fn & ~1u;
	frame[7] = XPSR_T;
	contexts[task] = (struct context){(uint32_t)(frame - SAVED_WORDS), CONTROL_NPRIV, EXC_RETURN_PSP};
	done[task] = false;
}

static void nothing(void)
{
}

static void wait_for_tasks(void)
{
	while (!done[1] || !done[2])
		if (check_idle)
			check_idle();
	tl_board_timer(1, nothing);
}

void check_tasks(uint32_t hz, void (*a)(uintptr_t), uintptr_t arg_a, void (*b)(uintptr_t), uintptr_t arg_b)
{
	make_task(1, a, arg_a);
	make_task(2, b, arg_b);
	current = MAIN;
	tl_board_timer(hz, preempt);
	check_on_psp(wait_for_tasks);
}
