/* SPDX-License-Identifier: MIT */
/*
 * Spans between two places: see spans.h.
 */
#include "output/spans.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

static struct open_span *find(struct spans *s, const char *key)
{
	for (size_t i = 0; i < s->nopen; i++)
		if (strcmp(s->open[i].key, key) == 0)
			return &s->open[i];
	return NULL;
}

static void remove_open(struct spans *s, struct open_span *o)
{
	free(o->key);
	s->nopen--;
	memmove(o, o + 1, (size_t)(s->open + s->nopen - o) * sizeof *o);
}

void spans_begin(struct spans *s, const char *key, const struct moment *at)
{
	struct open_span *o = find(s, key);

	if (o) {
		s->restarted++;
		remove_open(s, o);
	} else if (s->nopen == SPANS_OPEN) {
		s->evicted++;
		remove_open(s, s->open);
	}
	s->open[s->nopen++] = (struct open_span){copy_string(key), *at};
}

/* Ticks are exact, but they wrap. */
static uint64_t ticks_between(const struct spans *s, const struct moment *a, const struct moment *b)
{
	double about = (b->time - a->time) * s->hz;

	return about < UINT32_MAX / 2 ? b->ticks - a->ticks : (uint64_t)(about + 0.5);
}

void spans_end(struct spans *s, const char *key, const struct moment *at)
{
	struct open_span *o = find(s, key);

	if (!o) {
		s->unmatched++;
		return;
	}
	if (s->nwaiting % 64 == 0)
		s->waiting = grow(s->waiting, s->nwaiting + 64, sizeof *s->waiting);
	s->waiting[s->nwaiting++] = (struct closed_span){
	        .key = o->key, .time = at->time, .ticks = ticks_between(s, &o->at, at)};
	o->key = NULL;
	remove_open(s, o);
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
		remove_open(s, &s->open[s->nopen - 1]);
	forget_waiting(s);
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
		remove_open(s, &s->open[s->nopen - 1]);
	forget_waiting(s);
	free(s->waiting);
	s->waiting = NULL;
}
