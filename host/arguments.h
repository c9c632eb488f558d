/* SPDX-License-Identifier: MIT */
/*
 * The command line, the environment and trapline.ini, as options.
 */
#ifndef HOST_ARGUMENTS_H
#define HOST_ARGUMENTS_H

#include <stdbool.h>

#include "cmd/command.h"

struct request {
	struct options options;
	struct given_option {
		const struct option_text *option;
		const char *value;
	} * given; /* on the command line */
	unsigned ngiven;
	bool help, version;
};

/* What is no option is left behind optind, see getopt(3). 0, or USAGE after saying why. */
int arguments_parse(struct request *, int argc, char **argv);
/*
 * For a command: the options from all that give some; of several values of one the nearest counts:
 * the command line's, the environment's, a file's. An option of the command line that the command
 * has no use for is a mistake, not to be passed over. Likewise.
 */
int arguments_settle(struct request *, const struct command *);

#endif
