/* SPDX-License-Identifier: MIT */
/*
 * The command line, parsed: what every command gets. The tables that it comes from are in main.c.
 */
#ifndef HOST_OPTIONS_H
#define HOST_OPTIONS_H

#include <stdbool.h>

enum format { FORMAT_TEXT, FORMAT_JSONL, FORMAT_CSV };

struct options {
	const char *elf;
	const char *port;
	unsigned baud;
	enum format format;
	const char *output;
	bool quiet;
	int verbose;
	unsigned duration; /* ms, 0: until Ctrl-C */
	unsigned hits;     /* end after so many, 0: no end */
	unsigned lease;    /* ms, 0: the agent's default */
	const char *expect;
	const char *listen; /* where a debugger connects */
	bool force;
	bool all; /* functions of a name, where there are several */
	bool no_reconnect;
	bool fail_on_loss;
	bool count;
};

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
	OPT_POINT = 512, /* how points are read */
};

struct command {
	const char *name;
	const char *usage;                                         /* its arguments */
	const char *help;                                          /* one line */
	unsigned options;                                          /* groups it takes */
	int (*run)(const struct options *, int argc, char **argv); /* argv[0..argc): its arguments */
};

struct option_text {
	char letter; /* 0: none */
	const char *name;
	const char *value; /* what it takes, NULL: nothing */
	unsigned group;
	const char *help;
};

/* Both end with a row whose name is NULL. */
extern const struct command commands[];
extern const struct option_text option_table[];

/* `usage:` line of a command, as an error. */
int usage(const char *command);

#endif
