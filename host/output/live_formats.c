/* SPDX-License-Identifier: MIT */
/*
 * Samples of live values as lines:
 *   text   `   0.104000 pid.integral=3 temp=21.5`
 *   jsonl  {"t":0.104000,"values":{"pid.integral":3,"temp":21.5}}; {"lost":…} and {"event":…} as
 *          for hits; at the end {"end":true,"samples":…,"missed":…,"dropped":…,"samplers":[{…}]}
 *          with the counters of each
 *   csv    t, a column for each value, event
 */
#include <stdlib.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/say.h"
#include "output/export.h"
#include "output/live.h"

/* ---- text ---- */

static void text_begin(struct live *l, const struct run *run)
{
	char *board;

	if (l->quiet)
		return;
	board = board_line(run->attached);
	fprintf(l->out, "%s\nlive   %zu %s, every %u ms\n", board, l->nvalues,
	        l->nvalues == 1 ? "value" : "values", l->period);
	free(board);
	fflush(l->out);
}

static void text_value(void *ctx, size_t index, const char *name, const struct show *s,
                       const struct value *v, const char *why)
{
	(void)ctx, (void)index;
	fprintf(s->out, " %s=", name);
	live_value(s, v, why);
}

static void text_row(struct live *l, double time)
{
	fprintf(l->out, "%s%11.6f%s", l->coloured ? "\033[2m" : "", time,
	        l->coloured ? "\033[0m" : "");
	live_each(l, l->out, text_value, NULL);
	fputc('\n', l->out);
}

static void text_end(struct live *l, const struct run *run)
{
	struct live_totals t = live_totals(run);

	if (l->quiet)
		return;
	fprintf(l->out, "%llu %s, %llu missed, %llu dropped", (unsigned long long)l->rows,
	        l->rows == 1 ? "sample" : "samples", (unsigned long long)t.missed,
	        (unsigned long long)t.dropped);
	if (t.lost)
		fprintf(l->out, ", %llu lost on the line", (unsigned long long)t.lost);
	if (run->gaps)
		fprintf(l->out, ", %u %s of unknown size", run->gaps,
		        run->gaps == 1 ? "gap" : "gaps");
	fputc('\n', l->out);
}

const struct live_ops live_text = {text_begin, text_row, live_say_lost, NULL, text_end, NULL};

/* ---- jsonl ---- */

static void json_begin(struct live *l, const struct run *run)
{
	(void)l, (void)run;
}

static void json_value(void *ctx, size_t index, const char *name, const struct show *s,
                       const struct value *v, const char *why)
{
	(void)ctx, (void)why;
	if (index)
		fputc(',', s->out);
	json_string(s->out, name);
	fputc(':', s->out);
	if (v)
		show_json(s, v);
	else
		fputs("null", s->out);
}

static void json_row(struct live *l, double time)
{
	fprintf(l->out, "{\"t\":%.6f,\"values\":{", time);
	live_each(l, l->out, json_value, NULL);
	fputs("}}\n", l->out);
}

static void json_lost(struct live *l, uint64_t records)
{
	fprintf(l->out, "{\"lost\":%llu}\n", (unsigned long long)records);
}

static void json_event(struct live *l, const struct event *v)
{
	export_json_event(l->out, v);
}

static void json_end(struct live *l, const struct run *run)
{
	struct live_totals sum = live_totals(run);

	fputs("{\"end\":true,", l->out);
	if (run->gaps)
		fprintf(l->out, "\"gaps\":%u,", run->gaps);
	fprintf(l->out, "\"samples\":%llu,\"missed\":%llu,\"dropped\":%llu,\"samplers\":[",
	        (unsigned long long)l->rows, (unsigned long long)sum.missed,
	        (unsigned long long)sum.dropped);
	for (size_t i = 0; i < run->n; i++) {
		const struct totals *t = &run->probes[i].total;

		fprintf(l->out,
		        "%s{\"hits\":%llu,\"recorded\":%llu,\"filtered\":%llu,\"missed\":%llu,"
		        "\"dropped\":%llu}",
		        i ? "," : "", (unsigned long long)t->hits, (unsigned long long)t->recorded,
		        (unsigned long long)t->filtered, (unsigned long long)t->missed,
		        (unsigned long long)t->dropped);
	}
	fputs("]}\n", l->out);
}

const struct live_ops live_jsonl = {json_begin, json_row, json_lost, json_event, json_end, NULL};

/* ---- csv ---- */

static void csv_begin(struct live *l, const struct run *run)
{
	(void)run;
	fputs("t,", l->out);
	for (size_t i = 0; i < l->nvalues; i++) {
		csv_string(l->out, live_name(l, i));
		fputc(',', l->out);
	}
	fputs("event\n", l->out);
}

static void csv_value(void *ctx, size_t index, const char *name, const struct show *s,
                      const struct value *v, const char *why)
{
	FILE *to = ctx;
	struct show into = *s;
	char *text;
	size_t size;

	(void)index, (void)name;
	into.out = open_memstream(&text, &size);
	if (!into.out)
		abort();
	live_value(&into, v, why);
	fclose(into.out);
	csv_string(to, text);
	fputc(',', to);
	free(text);
}

static void csv_row(struct live *l, double time)
{
	fprintf(l->out, "%.6f,", time);
	live_each(l, l->out, csv_value, l->out);
	fputc('\n', l->out);
}

/* A row that is no sample: its columns are empty. */
static void csv_columns(const struct live *l)
{
	for (size_t i = 0; i < l->nvalues; i++)
		fputc(',', l->out);
}

static void csv_lost(struct live *l, uint64_t records)
{
	fputc(',', l->out);
	csv_columns(l);
	fprintf(l->out, "lost %llu\n", (unsigned long long)records);
	live_say_lost(l, records);
}

static void csv_event(struct live *l, const struct event *v)
{
	fprintf(l->out, "%.6f,", v->time);
	csv_columns(l);
	fprintf(l->out, "%s\n", event_name(v->kind));
}

static void csv_end(struct live *l, const struct run *run)
{
	struct live_totals t = live_totals(run);

	note("%llu samples, %llu missed, %llu dropped", (unsigned long long)l->rows,
	     (unsigned long long)t.missed, (unsigned long long)t.dropped);
}

const struct live_ops live_csv = {csv_begin, csv_row, csv_lost, csv_event, csv_end, NULL};
