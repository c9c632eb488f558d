/* SPDX-License-Identifier: MIT */
/*
 * The help, from the tables; and what is said where a command is called wrongly.
 */
#ifndef HOST_HELP_H
#define HOST_HELP_H

#include <stdio.h>

#include "cmd/command.h"

/* What points and places are, and where settings come from: lines of text. */
extern const char point_help[], place_help[], settings_help[];

/* Of a command; NULL: of all. DONE. */
int help(FILE *, const struct command *);
/* Its usage, or that there is no such command and which was meant, as an error. USAGE. */
int misused(const struct command *);
int unknown_command(const char *name);

#endif
