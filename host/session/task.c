/* SPDX-License-Identifier: MIT */
/*
 * Kernels by their variables: see task.h. The first expression that the program has all names of
 * is taken; without debug information of the kernel there is none.
 */
#include "session/task.h"

#include <stddef.h>

static const char *const kernels[] = {
        "@pxCurrentTCB->pcTaskName", /* FreeRTOS */
        "@pxCurrentTCB",
        "@_kernel.cpus[0].current->name", /* Zephyr, with CONFIG_THREAD_NAME */
        "@_kernel.cpus[0].current",
        "@_tx_thread_current_ptr->tx_thread_name", /* ThreadX */
        "@sched_active_thread->name",              /* RIOT, where threads have names */
        "@sched_active_pid",
        "@ch0.rlist.current->name", /* ChibiOS */
        "@ch.rlist.current->name",
};

const char *task_expression(const struct surroundings *s)
{
	for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
		struct tree *t = expr_make(kernels[i], s);
		bool known = t->root;

		tree_free(t);
		if (known)
			return kernels[i];
	}
	return NULL;
}
