/* SPDX-License-Identifier: MIT */
/*
 * What a command is, and what an option: a row each of two tables. From these the command line is
 * parsed, the help is written and the completions are made.
 */
#ifndef HOST_COMMAND_H
#define HOST_COMMAND_H

#include "session/options.h"

/* Groups of options: an option belongs to one, a command takes several. */
enum {
	OPT_ALWAYS = 1,
	OPT_ELF = 2,
	OPT_PORT = 4,
	OPT_DATA = 8,    /* how data is written */
	OPT_STREAM = 16, /* how long, how many, what if lost */
	OPT_FORCE = 32,
	OPT_ADD = 64,
	OPT_TIME = 128,
	OPT_LISTEN = 256,
	OPT_POINT = 512,   /* how points are read */
	OPT_VALUES = 1024, /* how values are written */
	OPT_EXPECT = 2048,
	OPT_LIVE = 4096,  /* how often */
	OPT_STACK = 8192, /* what of the stack */
	OPT_FLASH = 16384,
	OPT_FRAMES = 32768, /* how stacks are shown */
	OPT_IO = 65536      /* what values may be read from, too */
};

/* What names a command's arguments may be, for completion: of functions, or of variables, too. */
enum names { NAMES_NONE, NAMES_FUNCTIONS, NAMES_ALL };

struct command {
	const char *name;
	const char *usage; /* its arguments */
	unsigned options;  /* groups it takes */
	/* argv[0..argc): its arguments. An exit status, or MISUSED. */
	int (*run)(const struct options *, int argc, char **argv);
	enum names names;
	const char *help; /* one line; NULL: it is for scripts, and not listed */
};

struct option_text {
	char letter; /* 0: none */
	const char *name;
	const char *value; /* what it takes, NULL: nothing; "[=N]": it may be left out */
	unsigned group;
	const char *help;
};

/* May it stand without its value? */
static inline bool option_alone(const struct option_text *o)
{
	return !o->value || o->value[0] == '[';
}

/* Both end with a row whose name is NULL. */
struct tables {
	const struct command *commands;
	const struct option_text *options;
};

/* Of a command whose arguments are not what it takes: whoever has called it says its usage. */
enum { MISUSED = -1 };

const struct command *find_command(const struct command *, const char *name); /* NULL: none */

#endif
