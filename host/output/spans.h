/* SPDX-License-Identifier: MIT */
/*
 * Spans of time between two places: hits of the first open one, hits of the second with the same
 * key close it. Or of an asynchronous function, from its first poll to that which is done. What is
 * told of them is true though records be lost: a span counts only when it is known that none was
 * lost that would have made it another.
 */
#ifndef HOST_SPANS_H
#define HOST_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SPANS_OPEN = 1024 };                                    /* at once */
enum { SPANS_OCTAVE = 16, SPANS_BUCKETS = 61 * SPANS_OCTAVE }; /* of the distribution */

struct moment {
	double time;    /* seconds since the session began */
	uint32_t ticks; /* the same as the target counts it, modulo 2^32 */
};

struct polls {
	uint64_t n, busy; /* how many, and ticks within them */
};

struct open_span {
	char *key;
	struct moment at;
	struct polls polls;
	bool first; /* of its key: it may have begun before anybody looked */
};

struct closed_span {
	char *key;
	double time;    /* of its end */
	uint64_t ticks; /* that it took */
	struct polls polls;
	bool first;
};

struct spans {
	double hz; /* ticks a second; set before all else */
	void (*closed)(void *ctx, const struct closed_span *); /* or NULL */
	void *ctx;

	uint64_t n, sum, min, max; /* that count: how many, and ticks */
	uint64_t buckets[SPANS_BUCKETS];
	struct polls polls; /* of those that count */
	uint64_t first;     /* of those, the first of their keys */
	uint64_t unmatched; /* ends without a beginning */
	uint64_t restarted; /* beginnings before which the one before had no end */
	uint64_t evicted;   /* beginnings that were given up, for there were too many */
	uint64_t doubtful;  /* spans that were given up, since records were lost */

	struct open_span open[SPANS_OPEN]; /* the oldest first */
	size_t nopen;
	char *known[SPANS_OPEN]; /* keys that have ended, since records were lost: the last ones */
	size_t nknown;
	struct closed_span *waiting; /* that count if no beginning was lost meanwhile */
	size_t nwaiting;
};

bool spans_is_open(const struct spans *, const char *key);
void spans_begin(struct spans *, const char *key, const struct moment *);
/* To an open one; nothing where there is none. */
void spans_add(struct spans *, const char *key, const struct polls *);
void spans_end(struct spans *, const char *key, const struct moment *);
/* Records of beginnings, or of ends, were lost before that which comes now. */
void spans_lost(struct spans *);
/* All beginnings up to now are there: what has closed counts. */
void spans_confirm(struct spans *);
/* Ticks that `share` of the spans (0 to 1) do not exceed, to one part in SPANS_OCTAVE. */
uint64_t spans_quantile(const struct spans *, double share);
/* The least number of ticks in a bucket. */
uint64_t spans_bucket_start(unsigned bucket);
void spans_free(struct spans *);

#endif
