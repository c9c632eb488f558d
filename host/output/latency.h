/* SPDX-License-Identifier: MIT */
/*
 * Hits of two places as the spans between them (spans.h): the sums and the distribution for people,
 * or each span for programs. Rows of functions as formats.h has them; struct export's `ctx` is a
 * struct latency.
 */
#ifndef HOST_LATENCY_H
#define HOST_LATENCY_H

#include "output/export.h"
#include "output/spans.h"
#include "session/options.h"

struct latency {
	bool keyed;       /* the first value of each hit is its key */
	uint64_t keyless; /* hits whose key has no value */
	struct spans spans;
	/* private */
	struct export *export;
	const struct probe *from;
};

const struct export_ops *latency_ops(enum format);

#endif
