/* SPDX-License-Identifier: MIT */
/*
 * Where hits go: one row of functions per format, one file each. The order of calls is begin, then
 * hit and lost as they come, then end.
 */
#ifndef HOST_EXPORT_H
#define HOST_EXPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "session/run.h"

struct export;

struct export_ops {
	void (*begin)(struct export *, const struct run *);
	void (*hit)(struct export *, const struct hit *);
	void (*lost)(struct export *, const struct probe *, uint64_t records);
	void (*event)(struct export *,
	              const struct event *); /* NULL: what run says on stderr will do */
	void (*end)(struct export *, const struct run *);
};

struct export
{
	const struct export_ops *ops;
	FILE *out;
	const struct tl_isa *isa;
	const struct elf *elf; /* may be NULL */
	bool quiet, verbose, coloured;
	unsigned columns; /* text: width of the names */

	/* private: losses that stderr has not been told of yet */
	const struct probe *losing; /* NULL: of several */
	uint64_t unsaid, said;
};

extern const struct export_ops export_text, export_jsonl, export_csv;

/* The rows of a format. */
const struct export_ops *export_ops(enum format);

/* Says a loss on stderr: at once, but no more than one line a second, with the sum since the last.
 */
void export_say_lost(struct export *, const struct probe *, uint64_t records);
void export_say_rest(struct export *);

/* stdout, or the file of -o. NULL after saying why. */
FILE *output_open(const struct options *);
/* False: what was written does not get there, and there is no use in going on. output_close() says
 * why. */
bool output_flush(FILE *);
/* DONE, OUTPUT after saying why (disk full), or READER_LEFT, which is no news to anybody. */
int output_close(FILE *);

#endif
