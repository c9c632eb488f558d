/* SPDX-License-Identifier: MIT */
/*
 * A time span for people: 1.5 ms.
 */
#ifndef HOST_DURATION_H
#define HOST_DURATION_H

#include <stddef.h>

enum { DURATION_TEXT = 24 };

/* Four digits and a unit, from ns to s, in room for DURATION_TEXT. Returns `to`. */
const char *duration_text(char *to, double seconds);

#endif
