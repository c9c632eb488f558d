/* SPDX-License-Identifier: MIT */
/*
 * The command line, parsed: what every command gets. The tables that it comes from are in main.c.
 */
#ifndef HOST_OPTIONS_H
#define HOST_OPTIONS_H

#include <stdbool.h>

#include "link/link.h"

enum format { FORMAT_TEXT, FORMAT_JSONL, FORMAT_CSV };

enum { ELFS_MAX = 8, EXPECT_MAX = 64 };

struct options {
	const char *elfs[ELFS_MAX];
	unsigned nelfs;
	const char *debug_file; /* where the first one's symbols are */
	const char *port;
	struct link_settings line;
	unsigned wait; /* ms for the port and the target to be there, 0: as long as usual */
	enum format format;
	const char *output;
	bool quiet;
	int verbose;
	unsigned duration;              /* ms, 0: until Ctrl-C */
	unsigned hits;                  /* end after so many, 0: no end */
	unsigned lease;                 /* ms, 0: the agent's default */
	const char *expect[EXPECT_MAX]; /* all must hold */
	unsigned nexpect;
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

/* What names a command's arguments may be, for completion: of functions, or of variables, too. */
enum names { NAMES_NONE, NAMES_FUNCTIONS, NAMES_ALL };

struct command {
	const char *name;
	const char *usage; /* its arguments */
	const char *help;  /* one line; NULL: it is for scripts, and not listed */
	unsigned options;  /* groups it takes */
	int (*run)(const struct options *, int argc,
	           char **argv); /* argv[0..argc): its arguments */
	enum names names;
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

const struct command *find_command(const char *name); /* NULL: there is none */
/* `usage:` line of a command, as an error. */
int usage(const char *command);

#endif
