/* SPDX-License-Identifier: MIT */
/*
 * board/rtos/freertos.c, as it is, on the tasks of tasks.c: with the few names of FreeRTOS that it
 * needs (FreeRTOS.h, task.h), and the stack layout of its port, which is that of tasks_thumb.c
 * where there is no FPU.
 */
#include "../../board/rtos/freertos.c"

#include "check.h"
#include "tasks.h"

TaskHandle_t xTaskGetCurrentTaskHandle(void)
{
	return (TaskHandle_t)check_task(check_current());
}

char *pcTaskGetName(TaskHandle_t task)
{
	static char names[][6] = {"main", "left", "right"};
	unsigned n = 0;

	while (check_task(n) && check_task(n) != (const void *)task)
		n++;
	return names[n % 3];
}

/* What the kernel's hooks would have told. */
const struct tl_tasks *check_freertos(bool too_many)
{
	static uintptr_t others[TL_FREERTOS_TASKS];

	while (count)
		tl_freertos_deleted(handles[0]);
	for (unsigned n = 0; n < 3; n++)
		tl_freertos_created((void *)check_task(n));
	for (unsigned i = 0; i < TL_FREERTOS_TASKS - 3 + (too_many ? 1 : 0); i++)
		tl_freertos_created(&others[i]);
	for (unsigned i = 0; i < TL_FREERTOS_TASKS - 3; i++)
		tl_freertos_deleted(&others[i]);
	return &tl_freertos_tasks;
}
