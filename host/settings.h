/* SPDX-License-Identifier: MIT */
/*
 * The settings that options make, whoever gives them: the command line, the environment or a file.
 */
#ifndef HOST_SETTINGS_H
#define HOST_SETTINGS_H

#include <stdbool.h>

#include "session/options.h"

/* Who gives a setting. A nearer source overrules one that is farther: its list replaces a list. */
struct source {
	unsigned rank; /* the higher, the nearer */
	const char
	        *name; /* what is wrong, in an error: --baud, TRAPLINE_BAUD, trapline.ini:3: baud */
	const char *where;  /* where it is, as is shown to people */
	const char *folder; /* where relative paths begin; NULL: they stay as they are */
	bool listed;        /* several paths may stand in a value, with colons between */
};

/* Text for options and sources, which point to it: it stays until the program ends. Returns it. */
char *setting_text(char *allocated);
/* Does a value make a setting of that option? Not of --help. */
bool setting_exists(const char *option);
/* `text`: NULL for an option that was given without a value; of those yes or no. 0, or USAGE after
 * saying what is wrong. Text and source must stay. */
int setting_make(struct options *, const char *option, const char *text, const struct source *);

#endif
