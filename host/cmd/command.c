/* SPDX-License-Identifier: MIT */
/*
 * The table of commands: see command.h.
 */
#include "cmd/command.h"

#include <string.h>

const struct command *find_command(const struct command *c, const char *name)
{
	for (; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}
