/* SPDX-License-Identifier: MIT */
/*
 * Hits of two places as the spans between them (spans.h), or of an asynchronous function and its
 * return: the sums and the distribution for people, or each span for programs. Rows of functions as
 * formats.h has them; struct export's `ctx` is a struct latency.
 */
#ifndef HOST_LATENCY_H
#define HOST_LATENCY_H

#include "output/export.h"
#include "output/spans.h"
#include "session/options.h"

enum { CALLS_ACTIVE = 64 }; /* polls under way at once */

struct latency {
	bool polled; /* the places are a function and its return, whose first value says "done" */
	bool keyed;  /* the first value of each hit is its key */
	uint64_t keyless; /* hits whose key has no value */
	struct spans spans;
	/* private */
	struct active_call {
		uint64_t sp;
		char *key;
	} calls[CALLS_ACTIVE]; /* the oldest first */
	size_t ncalls;
	struct export *export;
	const struct probe *from;
};

void latency_free(struct latency *); /* what is in it */
const struct export_ops *latency_ops(enum format);

#endif
