/* SPDX-License-Identifier: MIT */
/*
 * $task: the task that runs, as the RTOS's own variables tell of it.
 */
#ifndef HOST_TASK_H
#define HOST_TASK_H

#include "expr/resolve.h"

/* An expression for its name, or else for what the kernel knows it by. NULL: nothing tells. */
const char *task_expression(const struct surroundings *);

#endif
