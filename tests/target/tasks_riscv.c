/* SPDX-License-Identifier: MIT */
/*
 * Tasks on RISC-V: see tasks.h. A trap's frame lies on the stack of the task that it came to, and
 * so does all that its handler called: a switch in the timer's handler is one of stack pointers and
 * of the registers that functions keep (switch_riscv.S).
 */
#include "check.h"
#include "tasks.h"

void check_switch_from(void);
extern const char check_start_task[];

enum { SAVED_WORDS = 16 }; /* ra, s0-s11, more; FP registers follow */

/* 12 FP registers of 8 bytes at the most. */
enum { FP_BYTES = 96 };

void check_preempt(void)
{
	check_switch_from();
}

void check_run_main(void (*fn)(void))
{
	fn();
}

/* check_start_task finds in s0 to s3 what it needs. */
struct check_task check_new_task(uintptr_t *stack_top, void (*fn)(uintptr_t), uintptr_t arg,
                                 void (*end)(void))
{
	uintptr_t *saved = stack_top - SAVED_WORDS - FP_BYTES / sizeof(uintptr_t);

	saved[0] = (uintptr_t)check_start_task;
	saved[1] = (uintptr_t)fn;
	saved[2] = arg;
	saved[3] = (uintptr_t)end;
	saved[4] = (uintptr_t)stack_top;
	return (struct check_task){.sp = (uintptr_t)saved};
}

/* What check_switch_from keeps. */
void check_task_registers(const struct check_task *task, struct tl_regs *regs)
{
	enum { RA = 1, SP = 2, PC = 32 };
	static const uint8_t kept[] = {RA, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27};
	const uintptr_t *saved = (const uintptr_t *)task->sp;

	for (unsigned i = 0; i < sizeof kept; i++)
		tl_regs_set(regs, kept[i], saved[i]);
	tl_regs_set(regs, SP, task->sp + SAVED_WORDS * sizeof(uintptr_t) + FP_BYTES);
	tl_regs_set(regs, PC, saved[0]);
}
