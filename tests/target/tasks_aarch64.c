/* SPDX-License-Identifier: MIT */
/*
 * Tasks on AArch64: see tasks.h. A trap's frame lies on the stack that the task it came to has for
 * traps, and so does all that its handler called: a switch in the timer's handler is one of stack
 * pointers and of the registers that functions keep (switch_aarch64.S). Tasks run at EL0, but for
 * main.
 */
#include <stddef.h>

#include "aarch64.h"
#include "check.h"
#include "tasks.h"

void check_switch_from(void);
extern const char check_start_task[];

/* x19 to x30, d8 to d15, SP_EL0. */
enum { SAVED_WORDS = 20, SP_EL0_WORDS = 2, LR_AT = 11, TASKS = 3, LR = 30, SP = 31, PC = 32 };

/* As far apart as the tasks' own. */
static uintptr_t traps[TASKS - 1][2 * TL_HANDLER_STACK / sizeof(uintptr_t)]
        __attribute__((aligned(16)));
static unsigned made;

void check_preempt(void)
{
	check_switch_from();
}

void check_run_main(void (*fn)(void))
{
	fn();
}

static uintptr_t *trap_top(unsigned task)
{
	return traps[task - 1] + sizeof traps[0] / sizeof traps[0][0];
}

/* check_start_task finds in x19 to x23 what it needs. */
struct check_task check_new_task(uintptr_t *stack_top, void (*fn)(uintptr_t), uintptr_t arg,
                                 void (*end)(void))
{
	unsigned task = made++ % (TASKS - 1) + 1;
	uintptr_t *saved = trap_top(task) - SP_EL0_WORDS - SAVED_WORDS;

	saved[0] = (uintptr_t)fn;
	saved[1] = arg;
	saved[2] = (uintptr_t)end;
	saved[3] = (uintptr_t)stack_top;
	saved[4] = (uintptr_t)trap_top(task);
	saved[LR_AT] = (uintptr_t)check_start_task;
	return (struct check_task){.sp = (uintptr_t)saved};
}

/* Main's are what check_switch_from keeps. Others are where the trap has saved them; of those that
 * functions keep some may lie between. One that has not had a turn yet has nothing. */
void check_task_registers(const struct check_task *task, struct tl_regs *regs)
{
	const uintptr_t *saved = (const uintptr_t *)task->sp;
	unsigned n = 0;

	while (check_task(n) != task)
		n++;
	for (unsigned i = 0; i <= LR_AT; i++)
		tl_regs_set(regs, 19 + i, saved[i]);
	if (n && saved[LR_AT] != (uintptr_t)check_start_task) {
		const struct tl_a64_frame *frame = (const struct tl_a64_frame *)trap_top(n) - 1;

		for (unsigned i = 0; i < sizeof frame->x / sizeof *frame->x; i++)
			tl_regs_set(regs, i, frame->x[i]);
		tl_regs_set(regs, LR, frame->x30);
		tl_regs_set(regs, SP, saved[SAVED_WORDS]);
		tl_regs_set(regs, PC, frame->elr);
	} else {
		tl_regs_set(regs, SP, task->sp + (SAVED_WORDS + SP_EL0_WORDS) * sizeof *saved);
		tl_regs_set(regs, PC, saved[LR_AT]);
	}
}
