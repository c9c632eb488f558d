/* SPDX-License-Identifier: MIT */
/*
 * The command line and the environment, as options.
 */
#ifndef HOST_ARGUMENTS_H
#define HOST_ARGUMENTS_H

#include <stdbool.h>

#include "cmd/command.h"

struct request {
	struct options options;
	const struct option_text *given[OPTIONS_MAX];
	unsigned ngiven;
	bool help, version;
};

/* What is no option is left behind optind, see getopt(3). 0, or USAGE after saying why. */
int arguments_parse(struct request *, int argc, char **argv);
/* An option that a command has no use for is a mistake, not to be passed over. Likewise. */
int arguments_check(const struct request *, const struct command *);

#endif
