/* SPDX-License-Identifier: MIT */
/*
 * What the user asked for: the options of the command line, parsed. Every command gets them.
 */
#ifndef HOST_OPTIONS_H
#define HOST_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "link/link.h"
#include "program/elf_file.h"

enum format { FORMAT_TEXT, FORMAT_JSONL, FORMAT_CSV };

enum { ELFS_MAX = 8, EXPECT_MAX = 64, IO_MAX = 4, OPTIONS_MAX = 64 /* that there are */ };

/* Memory that is read where it may have effects: registers of devices. */
struct io_range {
	uint64_t base, size;
};

/* Who gave an option's value. */
struct origin {
	const char *option; /* its name; NULL: nobody gave one */
	const char *where;  /* --port, TRAPLINE_PORT, trapline.ini:3 [board-a] */
	unsigned rank;
};

struct options {
	struct elf_input elfs[ELFS_MAX];
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
	unsigned interval;              /* ms between samples, 0: as usual */
	unsigned hits;                  /* end after so many, 0: no end */
	unsigned lease;                 /* ms, 0: the agent's default */
	const char *expect[EXPECT_MAX]; /* all must hold */
	unsigned nexpect;
	unsigned depth, elements; /* of values that are shown */
	unsigned stack;           /* bytes of it that a hit brings, 0: none */
	unsigned frames;          /* that are shown of it */
	struct io_range io[IO_MAX];
	unsigned nio;
	const char *listen; /* where a debugger connects */
	bool force;
	bool flash; /* pages of flash may be written */
	bool all;   /* functions of a name, where there are several */
	bool no_reconnect;
	bool fail_on_loss;
	bool count;
	const char *profile; /* of trapline.ini, NULL: none */
	struct origin origins[OPTIONS_MAX];
};

/* Where an option's value comes from; NULL: nobody gave one. */
const char *option_origin(const struct options *, const char *option);

#endif
