/* SPDX-License-Identifier: MIT */
/*
 * Files of settings: KEY = VALUE, a line each, in [SECTION]s. A value is kept with its line, so
 * that an error can name its place.
 *
 * This is own code, since the libraries that Debian has do not say on which line a value stands, or
 * hold lines of 200 bytes at most (a path or an exec: command may be longer) and take an indented
 * line for a part of the value before.
 */
#ifndef HOST_INI_H
#define HOST_INI_H

#include <stdbool.h>
#include <stddef.h>

struct ini_line {
	unsigned number;
	const char *section; /* "" before the first */
	char *key;           /* NULL: the section begins here */
	char *value;         /* what stands behind the =, without the quotes that it may stand in */
};

struct ini {
	char *path;
	bool there; /* false: no such file, which is no error */
	bool ours;  /* it is this user's, or root's */
	struct ini_line *at;
	size_t n;
};

/* 0, or USAGE after saying why it cannot be read. */
int ini_read(struct ini *, const char *path);

#endif
