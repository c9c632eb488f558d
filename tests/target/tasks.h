/* SPDX-License-Identifier: MIT */
/*
 * Between tasks.c and what it needs of an architecture: switch_<arch>.c, switch_<arch>.S.
 */
#ifndef TASKS_H
#define TASKS_H

#include <stdbool.h>
#include <stdint.h>

/* What is kept of a task besides what lies on its stack. */
struct check_task {
	uintptr_t sp, more[2];
};

/* The n-th task (0: main), NULL: there are no more; the number of the one that runs. */
const struct check_task *check_task(unsigned n);
unsigned check_current(void);
/* The architecture's: what is known of the registers of a task that does not run. */
struct tl_regs;
void check_task_registers(const struct check_task *task, struct tl_regs *regs);

/* tasks_freertos_thumb.c: the same tasks as board/rtos/freertos.c knows them; too_many: and one
 * more than it has room for. */
struct tl_tasks;
const struct tl_tasks *check_freertos(bool too_many) __attribute__((weak));

/* Puts the running task aside as these three, and returns the one that goes on. From an interrupt
 * handler. */
struct check_task *check_next(uintptr_t sp, uintptr_t more0, uintptr_t more1);

/* The architecture's: a task that will run fn(arg), unprivileged where the core can, and come to
 * `end` after that. */
struct check_task check_new_task(uintptr_t *stack_top, void (*fn)(uintptr_t), uintptr_t arg,
                                 void (*end)(void));
/* From the timer's interrupt: switches, now or when the interrupt is over. */
void check_preempt(void);
/* Runs fn() as a task that has main's stack. */
void check_run_main(void (*fn)(void));

#endif
