/* SPDX-License-Identifier: MIT */
/*
 * $task: the task that runs, as the RTOS's own variables tell of it.
 */
#ifndef HOST_TASK_H
#define HOST_TASK_H

#include "expr/resolve.h"

/*
 * The expression with each $task in it made one for the name of the task that runs, or else for
 * what the kernel knows it by. To be freed. NULL: nothing tells.
 */
char *task_expand(const char *text, const struct surroundings *);

#endif
