/* SPDX-License-Identifier: MIT */
/*
 * A wait: it has an end, and says what for once it has lasted a second. On stderr, in one line,
 * once, and not with -q.
 */
#ifndef HOST_PATIENCE_H
#define HOST_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

struct patience {
	uint64_t start;
	unsigned most; /* ms; 0: as long as the work takes */
	bool said;
};

struct patience patience_begin(unsigned most);
/*
 * How many ms a poll may last, 0: the wait is over. `format` says what is waited for, as in "an
 * answer from %s".
 */
unsigned patience_left(struct patience *, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

#endif
