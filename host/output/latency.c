/* SPDX-License-Identifier: MIT */
/*
 * The spans between two places, written out: see latency.h.
 */
#include "output/latency.h"

#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/say.h"
#include "base/util.h"
#include "output/duration.h"
#include "output/formats.h"
#include "output/values.h"

static struct latency *latency_of(const struct export *e)
{
	return e->ctx;
}

static void start(struct export *e, const struct run *run)
{
	struct latency *l = latency_of(e);

	l->export = e;
	l->from = &run->probes[0];
	l->spans.hz = run->attached->session.target.tick_hz;
	l->spans.ctx = l;
}

/* ---- polls: a return belongs to the call with its stack pointer ---- */

static void remove_call(struct latency *l, size_t i)
{
	free(l->calls[i].key);
	l->ncalls--;
	memmove(&l->calls[i], &l->calls[i + 1], (l->ncalls - i) * sizeof *l->calls);
}

/* That whose stack pointer was this; or, where the function's place has moved behind what makes its
 * frame, was the nearest below. */
static size_t call_of(const struct latency *l, uint64_t sp, bool returns)
{
	enum { FRAME = 4096 };
	uint64_t most = returns && l->from->point.moved ? FRAME : 0;
	size_t found = l->ncalls;

	for (size_t i = 0; i < l->ncalls; i++)
		if (sp - l->calls[i].sp <= most) {
			most = sp - l->calls[i].sp;
			found = i;
		}
	return found;
}

static void poll_begins(struct latency *l, const char *key, uint64_t sp, const struct moment *at)
{
	size_t i = call_of(l, sp, false);

	if (!spans_is_open(&l->spans, key))
		spans_begin(&l->spans, key, at);
	spans_add(&l->spans, key, &(struct polls){.n = 1});
	if (i < l->ncalls)
		remove_call(l, i); /* it was left without a return */
	else if (l->ncalls == CALLS_ACTIVE)
		remove_call(l, 0);
	l->calls[l->ncalls++] = (struct active_call){sp, copy_string(key)};
}

static void poll_returns(struct latency *l, bool is_last, uint64_t sp, const struct hit *h,
                         const struct moment *at)
{
	size_t i = call_of(l, sp, true);

	if (i < l->ncalls) {
		spans_add(&l->spans, l->calls[i].key, &(struct polls){.busy = h->elapsed});
		if (is_last)
			spans_end(&l->spans, l->calls[i].key, at);
		remove_call(l, i);
	} else if (is_last) {
		l->spans.unmatched++;
	}
}

/* ---- hits and losses, whatever the format is ---- */

/* Up to a beginning that came there is no gap. */
static void hit(struct export *e, const struct hit *h)
{
	struct latency *l = latency_of(e);
	struct moment at = {h->time, h->ticks};
	char *value = l->keyed ? value_of_hit(e, h, 0) : copy_string("");
	bool begins = h->probe == l->from;
	uint64_t sp = h->regs[e->isa->sp];

	if (begins && value)
		spans_confirm(&l->spans);
	if (!value)
		l->keyless++;
	else if (l->polled && begins)
		poll_begins(l, value, sp, &at);
	else if (l->polled)
		poll_returns(l, strcmp(value, "0") != 0, sp, h, &at);
	else
		(begins ? spans_begin : spans_end)(&l->spans, value, &at);
	free(value);
}

static void doubt(struct latency *l)
{
	spans_lost(&l->spans);
	while (l->ncalls)
		remove_call(l, l->ncalls - 1);
}

static void lost(struct export *e, const struct probe *p, uint64_t records)
{
	doubt(latency_of(e));
	export_say_lost(e, p, records);
}

/* Ticks may begin anew, and hits may not have been counted. */
static void event(struct export *e, const struct event *v)
{
	(void)v;
	doubt(latency_of(e));
}

void latency_free(struct latency *l)
{
	while (l->ncalls)
		remove_call(l, l->ncalls - 1);
	spans_free(&l->spans);
}

/* What waits counts if the target says that no beginning is missing. */
static void finish(struct export *e)
{
	struct latency *l = latency_of(e);
	const struct probe *from = l->from;

	if (from->remote.counters.recorded == from->received)
		spans_confirm(&l->spans);
	l->spans.doubtful += l->spans.nwaiting;
}

static double seconds(const struct latency *l, double ticks)
{
	return l->spans.hz > 0 ? ticks / l->spans.hz : 0;
}

/* ---- for people ---- */

static void show_closed(void *ctx, const struct closed_span *c)
{
	struct latency *l = ctx;
	char text[DURATION_TEXT];

	fprintf(l->export->out, "%11.6f  %10s  %s", c->time,
	        duration_text(text, seconds(l, (double)c->ticks)), c->key);
	if (l->polled)
		fprintf(l->export->out, "  %llu %s, %s", (unsigned long long)c->polls.n,
		        c->polls.n == 1 ? "poll" : "polls",
		        duration_text(text, seconds(l, (double)c->polls.busy)));
	fputc('\n', l->export->out);
}

static void text_begin(struct export *e, const struct run *run)
{
	start(e, run);
	if (e->verbose)
		latency_of(e)->spans.closed = show_closed;
	export_text.begin(e, run);
}

static void text_sums(FILE *out, const struct latency *l)
{
	const struct spans *s = &l->spans;
	const struct {
		const char *name;
		double ticks;
	} rows[] = {
	        {"least", (double)s->min},
	        {"mean", (double)s->sum / (double)s->n},
	        {"50 %", (double)spans_quantile(s, 0.5)},
	        {"90 %", (double)spans_quantile(s, 0.9)},
	        {"99 %", (double)spans_quantile(s, 0.99)},
	        {"most", (double)s->max},
	};
	char text[DURATION_TEXT];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		fprintf(out, "%-6s %12s\n", rows[i].name,
		        duration_text(text, seconds(l, rows[i].ticks)));
	if (l->polled)
		fprintf(out, "polls  %12.4g a span\nbusy   %12s in all\n",
		        (double)s->polls.n / (double)s->n,
		        duration_text(text, seconds(l, (double)s->polls.busy)));
}

/* A line for each power of two from the least to the most. */
static void text_distribution(FILE *out, const struct latency *l)
{
	enum { WIDTH = 40 };
	uint64_t octaves[SPANS_BUCKETS / SPANS_OCTAVE] = {0}, most = 0;
	unsigned first = SPANS_BUCKETS, last = 0;
	char from[DURATION_TEXT], to[DURATION_TEXT];

	for (unsigned i = 0; i < SPANS_BUCKETS; i++) {
		unsigned octave = i / SPANS_OCTAVE;

		octaves[octave] += l->spans.buckets[i];
		if (octaves[octave] > most)
			most = octaves[octave];
		if (l->spans.buckets[i] && octave < first)
			first = octave;
		if (l->spans.buckets[i])
			last = octave;
	}
	for (unsigned i = first; i <= last; i++) {
		double low = (double)spans_bucket_start(i * SPANS_OCTAVE),
		       high = (double)spans_bucket_start((i + 1) * SPANS_OCTAVE);
		int bar = (int)((octaves[i] * WIDTH + most - 1) / most);

		fprintf(out, "%10s to %10s %10llu%s%.*s\n", duration_text(from, seconds(l, low)),
		        duration_text(to, seconds(l, high)), (unsigned long long)octaves[i],
		        bar ? " " : "", bar, "****************************************");
	}
}

static void text_count(FILE *out, uint64_t n, const char *what)
{
	if (n)
		fprintf(out, ", %llu %s", (unsigned long long)n, what);
}

static uint64_t missed(const struct run *run)
{
	uint64_t n = 0;

	for (size_t i = 0; i < run->n; i++)
		n += run->probes[i].total.missed;
	return n;
}

static void text_end(struct export *e, const struct run *run)
{
	const struct latency *l = latency_of(e);
	const struct spans *s = &l->spans;

	finish(e);
	if (s->n) {
		text_sums(e->out, l);
		text_distribution(e->out, l);
	}
	fprintf(e->out, "%llu %s", (unsigned long long)s->n, s->n == 1 ? "span" : "spans");
	text_count(e->out, s->nopen, "still open");
	text_count(e->out, s->unmatched, "ends without a beginning");
	text_count(e->out, s->restarted, "begun anew without an end");
	text_count(e->out, s->evicted, "given up, since too many were open");
	text_count(e->out, s->doubtful, "left out, since records were lost");
	text_count(e->out, l->keyless, "hits whose key has no value");
	text_count(e->out, l->polled ? s->first : 0,
	           "the first with their key, which may have begun before");
	text_count(e->out, missed(run), "hits missed, so that spans may be too long");
	fputc('\n', e->out);
	export_text.end(e, run);
}

/* ---- for programs ---- */

static void json_closed(void *ctx, const struct closed_span *c)
{
	struct latency *l = ctx;

	fprintf(l->export->out, "{\"t\":%.6f,", c->time);
	if (l->keyed) {
		fputs("\"key\":", l->export->out);
		json_string(l->export->out, c->key);
		fputc(',', l->export->out);
	}
	if (l->polled)
		fprintf(l->export->out, "\"polls\":%llu,\"busy\":%.9f,\"first\":%s,",
		        (unsigned long long)c->polls.n, seconds(l, (double)c->polls.busy),
		        c->first ? "true" : "false");
	fprintf(l->export->out, "\"ticks\":%llu,\"took\":%.9f}\n", (unsigned long long)c->ticks,
	        seconds(l, (double)c->ticks));
}

static void json_begin(struct export *e, const struct run *run)
{
	start(e, run);
	latency_of(e)->spans.closed = json_closed;
}

static void json_event(struct export *e, const struct event *v)
{
	event(e, v);
	export_json_event(e->out, v);
}

static void json_end(struct export *e, const struct run *run)
{
	const struct latency *l = latency_of(e);
	const struct spans *s = &l->spans;

	finish(e);
	fprintf(e->out,
	        "{\"spans\":%llu,\"least\":%.9f,\"mean\":%.9f,\"p50\":%.9f,\"p90\":%.9f,"
	        "\"p99\":%.9f,\"most\":%.9f,\"open\":%zu,\"unmatched\":%llu,\"restarted\":%llu,"
	        "\"evicted\":%llu,\"doubtful\":%llu,\"keyless\":%llu,\"first\":%llu}\n",
	        (unsigned long long)s->n, seconds(l, (double)s->min),
	        s->n ? seconds(l, (double)s->sum / (double)s->n) : 0,
	        seconds(l, (double)spans_quantile(s, 0.5)),
	        seconds(l, (double)spans_quantile(s, 0.9)),
	        seconds(l, (double)spans_quantile(s, 0.99)), seconds(l, (double)s->max), s->nopen,
	        (unsigned long long)s->unmatched, (unsigned long long)s->restarted,
	        (unsigned long long)s->evicted, (unsigned long long)s->doubtful,
	        (unsigned long long)l->keyless, (unsigned long long)(l->polled ? s->first : 0));
	export_jsonl.end(e, run);
}

static void csv_closed(void *ctx, const struct closed_span *c)
{
	struct latency *l = ctx;

	fprintf(l->export->out, "%.6f,", c->time);
	csv_string(l->export->out, c->key);
	fprintf(l->export->out, ",%llu,%.9f", (unsigned long long)c->ticks,
	        seconds(l, (double)c->ticks));
	if (l->polled)
		fprintf(l->export->out, ",%llu,%.9f", (unsigned long long)c->polls.n,
		        seconds(l, (double)c->polls.busy));
	fputc('\n', l->export->out);
}

static void csv_begin(struct export *e, const struct run *run)
{
	start(e, run);
	latency_of(e)->spans.closed = csv_closed;
	fprintf(e->out, "t,key,ticks,took%s\n", latency_of(e)->polled ? ",polls,busy" : "");
}

static void csv_end(struct export *e, const struct run *run)
{
	const struct spans *s = &latency_of(e)->spans;

	finish(e);
	export_say_rest(e);
	note("spans: %llu; %zu open, %llu unmatched, %llu restarted, %llu evicted, %llu doubtful; "
	     "hits: %llu without a key, %llu missed",
	     (unsigned long long)s->n, s->nopen, (unsigned long long)s->unmatched,
	     (unsigned long long)s->restarted, (unsigned long long)s->evicted,
	     (unsigned long long)s->doubtful, (unsigned long long)latency_of(e)->keyless,
	     (unsigned long long)missed(run));
}

const struct export_ops *latency_ops(enum format format)
{
	static const struct export_ops ops[] = {
	        [FORMAT_TEXT] = {text_begin, hit, lost, event, text_end},
	        [FORMAT_JSONL] = {json_begin, hit, lost, json_event, json_end},
	        [FORMAT_CSV] = {csv_begin, hit, lost, event, csv_end},
	};

	return &ops[format];
}
