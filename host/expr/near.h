/* SPDX-License-Identifier: MIT */
/*
 * Of a variable that has no value at a place, the nearest places where it has one.
 */
#ifndef HOST_NEAR_H
#define HOST_NEAR_H

#include "expr/scope.h"

/* "it is in r1 from pid_step (pid.c:13) to pid_step+0x12", to be freed; NULL: it is nowhere. */
char *variable_near(const struct scope *, const char *name);

#endif
