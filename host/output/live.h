/* SPDX-License-Identifier: MIT */
/*
 * Samples of live values, written out: a row of functions per format, as export.h has for hits. A
 * sample is what all samplers of a run recorded under one number.
 */
#ifndef HOST_LIVE_H
#define HOST_LIVE_H

#include <stdio.h>

#include "expr/show.h"
#include "session/run.h"

struct live;

struct live_ops {
	void (*begin)(struct live *, const struct run *);
	void (*row)(struct live *, double time);
	/* NULL: what is said on stderr will do */
	void (*lost)(struct live *, uint64_t records);
	void (*event)(struct live *, const struct event *);
	void (*end)(struct live *, const struct run *);
	void (*draw)(struct live *); /* after some rows; NULL: rows are written at once */
};

/* What one sampler recorded last. */
struct live_part {
	const struct probe *probe;
	bool here; /* of the sample under way */
	uint32_t seq;
	double time;
	struct fetch_output output;
};

struct live {
	const struct live_ops *ops;
	FILE *out;
	const struct elf *elf;
	unsigned depth, elements; /* of values that are shown */
	unsigned period;          /* ms */
	bool quiet, coloured;
	unsigned most;  /* samples that are wanted, 0: no end */
	uint64_t rows;  /* samples that were written */
	size_t nvalues; /* of a sample */

	/* private */
	struct live_part *parts;
	size_t nparts;
	struct screen *screen;
	uint64_t unsaid, said; /* losses that stderr has not been told of yet */
};

/* The format that was asked for; text on a terminal that can do it: in place. */
const struct live_ops *live_ops(enum format, FILE *out);

/* Hooks of a run, whose context is the struct live. */
void live_armed(void *ctx, const struct run *);
void live_hit(void *ctx, const struct hit *);
void live_lost(void *ctx, const struct probe *, uint64_t records);
void live_event(void *ctx, const struct event *);
/* Draws what has come since. */
void live_draw(struct live *);
/* The sample that may still be under way, and the last word. */
void live_end(struct live *, const struct run *);
void live_free(struct live *);

/* Each value of the sample, in order: `v` NULL: it has none, and `why` says why. */
typedef void live_each_fn(void *ctx, size_t index, const char *name, const struct show *,
                          const struct value *v, const char *why);
void live_each(const struct live *, FILE *to, live_each_fn *, void *ctx);
/* A value as text. */
void live_value(const struct show *, const struct value *, const char *why);
/* All the names, where there are no values. */
const char *live_name(const struct live *, size_t index);

/* Says a loss on stderr, but no more than one line a second. */
void live_say_lost(struct live *, uint64_t records);

/* `12 samples, 0 missed, 0 dropped`: those that were written; and of all samplers, by samples. */
struct live_totals {
	uint64_t missed, dropped, lost;
};
struct live_totals live_totals(const struct run *);

extern const struct live_ops live_text, live_jsonl, live_csv, live_screen;

#endif
