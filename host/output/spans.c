/* SPDX-License-Identifier: MIT */
/*
 * Spans between two places: see spans.h.
 */
#include "output/spans.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

/* `nopen` if there is none. */
static size_t index_of(const struct spans *s, const char *key)
{
	size_t i = 0;

	while (i < s->nopen && strcmp(s->open[i].key, key) != 0)
		i++;
	return i;
}

bool spans_is_open(const struct spans *s, const char *key)
{
	return index_of(s, key) < s->nopen;
}

static void remove_open(struct spans *s, size_t i)
{
	free(s->open[i].key);
	s->nopen--;
	memmove(&s->open[i], &s->open[i + 1], (s->nopen - i) * sizeof *s->open);
}

static bool is_known(const struct spans *s, const char *key)
{
	size_t n = s->nknown < SPANS_OPEN ? s->nknown : SPANS_OPEN;

	for (size_t i = 0; i < n; i++)
		if (strcmp(s->known[i], key) == 0)
			return true;
	return false;
}

/* In the place of the oldest. */
static void know(struct spans *s, const char *key)
{
	char **place = &s->known[s->nknown % SPANS_OPEN];

	if (is_known(s, key))
		return;
	if (s->nknown >= SPANS_OPEN)
		free(*place);
	*place = copy_string(key);
	s->nknown++;
}

static void forget_known(struct spans *s)
{
	size_t n = s->nknown < SPANS_OPEN ? s->nknown : SPANS_OPEN;

	for (size_t i = 0; i < n; i++)
		free(s->known[i]);
	s->nknown = 0;
}

void spans_begin(struct spans *s, const char *key, const struct moment *at)
{
	size_t i = index_of(s, key);

	if (i < s->nopen) {
		s->restarted++;
		remove_open(s, i);
	} else if (s->nopen == SPANS_OPEN) {
		s->evicted++;
		remove_open(s, 0);
	}
	s->open[s->nopen++] =
	        (struct open_span){.key = copy_string(key), .at = *at, .first = !is_known(s, key)};
}

void spans_add(struct spans *s, const char *key, const struct polls *polls)
{
	size_t i = index_of(s, key);

	if (i == s->nopen)
		return;
	s->open[i].polls.n += polls->n;
	s->open[i].polls.busy += polls->busy;
}

/* Ticks are exact, but they wrap. */
static uint64_t ticks_between(const struct spans *s, const struct moment *a, const struct moment *b)
{
	double about = (b->time - a->time) * s->hz;

	return about < UINT32_MAX / 2 ? b->ticks - a->ticks : (uint64_t)(about + 0.5);
}

void spans_end(struct spans *s, const char *key, const struct moment *at)
{
	size_t i = index_of(s, key);

	if (i == s->nopen) {
		know(s, key);
		s->unmatched++;
		return;
	}
	if (s->nwaiting % 64 == 0)
		s->waiting = grow(s->waiting, s->nwaiting + 64, sizeof *s->waiting);
	s->waiting[s->nwaiting++] =
	        (struct closed_span){.key = copy_string(key),
	                             .time = at->time,
	                             .ticks = ticks_between(s, &s->open[i].at, at),
	                             .polls = s->open[i].polls,
	                             .first = s->open[i].first};
	know(s, key);
	remove_open(s, i);
}

static void forget_waiting(struct spans *s)
{
	for (size_t i = 0; i < s->nwaiting; i++)
		free(s->waiting[i].key);
	s->nwaiting = 0;
}

void spans_lost(struct spans *s)
{
	s->doubtful += s->nopen + s->nwaiting;
	while (s->nopen)
		remove_open(s, s->nopen - 1);
	forget_waiting(s);
	forget_known(s);
}

/* ---- what counts ---- */

static unsigned bucket_of(uint64_t ticks)
{
	unsigned octave = 63;

	if (ticks < SPANS_OCTAVE)
		return (unsigned)ticks;
	while (!(ticks >> octave))
		octave--;
	return (octave - 3) * SPANS_OCTAVE + (ticks >> (octave - 4) & (SPANS_OCTAVE - 1));
}

uint64_t spans_bucket_start(unsigned bucket)
{
	unsigned octave = bucket / SPANS_OCTAVE + 3;

	if (bucket < SPANS_OCTAVE)
		return bucket;
	return (uint64_t)(SPANS_OCTAVE + bucket % SPANS_OCTAVE) << (octave - 4);
}

void spans_confirm(struct spans *s)
{
	for (size_t i = 0; i < s->nwaiting; i++) {
		uint64_t ticks = s->waiting[i].ticks;

		if (!s->n || ticks < s->min)
			s->min = ticks;
		if (ticks > s->max)
			s->max = ticks;
		s->n++;
		s->sum += ticks;
		s->buckets[bucket_of(ticks)]++;
		s->first += s->waiting[i].first;
		s->polls.n += s->waiting[i].polls.n;
		s->polls.busy += s->waiting[i].polls.busy;
		if (s->closed)
			s->closed(s->ctx, &s->waiting[i]);
	}
	forget_waiting(s);
}

uint64_t spans_quantile(const struct spans *s, double share)
{
	uint64_t seen = 0, wanted = (uint64_t)(share * (double)s->n + 0.5), most;

	for (unsigned i = 0; i < SPANS_BUCKETS; i++) {
		seen += s->buckets[i];
		if (seen < wanted || !seen)
			continue;
		most = i + 1 < SPANS_BUCKETS ? spans_bucket_start(i + 1) - 1 : UINT64_MAX;
		return most < s->max ? most : s->max;
	}
	return s->max;
}

void spans_free(struct spans *s)
{
	while (s->nopen)
		remove_open(s, s->nopen - 1);
	forget_waiting(s);
	forget_known(s);
	free(s->waiting);
	s->waiting = NULL;
}
