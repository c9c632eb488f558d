/* SPDX-License-Identifier: MIT */
/*
 * The frame of a command whose arguments are points: they are parsed against ELF and target, and
 * what is expected of them is looked at before anything is armed.
 */
#ifndef HOST_CMD_POINTS_H
#define HOST_CMD_POINTS_H

#include "program/spec.h"
#include "session/attach.h"

enum {
	MAY_HAVE_NONE = 1, /* no arguments */
	MAY_BE_ADDED = 2,  /* arguments may mean probes that were added before */
	SHOW_HITS = 4,     /* values of hits are wanted, or conditions of them */
	COUNT_HITS = 8,    /* conditions alone */
	KEEP_HITS = 16,    /* values of hits, where there are ARGs or a condition */
};

/* `command` does its work on them. Its exit status, or one after saying why, or MISUSED. */
int on_points(unsigned how, const struct options *, int argc, char **argv,
              int (*command)(struct attached *, const struct options *, const struct points *));

/* A point as people write it, with `text` right behind its place; to be freed. */
char *point_with(const char *point, const char *text);

#endif
