/* SPDX-License-Identifier: MIT */
/*
 * The text of source files, as far as they are on this machine.
 */
#ifndef HOST_SOURCE_H
#define HOST_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct source {
	char *path; /* where it was found; NULL: nowhere */
	time_t changed;
	char *text;
	char **lines; /* without their ends */
	size_t n;
};

/*
 * Reads the file of that path, from `folder` (may be NULL) if it is relative; if that is not there,
 * one below the current folder whose path is an end of it, the longest.
 */
void source_open(struct source *, const char *folder, const char *path);
void source_close(struct source *);
/* Line 1, 2, …; "" if there is none. */
const char *source_line(const struct source *, unsigned line);

#endif
