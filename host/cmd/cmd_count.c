/* SPDX-License-Identifier: MIT */
/*
 * trapline count POINT…: counts hits on the target, and sends only the counts. A live table on a
 * terminal, the last one in the end.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/interrupt.h"
#include "base/say.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "cmd/points.h"
#include "output/formats.h"
#include "output/output.h"
#include "record.h"
#include "session/expect.h"
#include "session/run.h"

/* The table on the terminal: how many lines of it stand there, and the counts when they were
   drawn. */
static struct {
	FILE *out;
	size_t lines;
	uint64_t ms;
	uint64_t hits[TL_PROBE_MAX];
} live;

/* Other lines take its place; it is drawn again below them. */
static void erase(void)
{
	if (live.lines)
		fprintf(live.out, "\r\033[%zuA\033[J", live.lines);
	live.lines = 0;
	fflush(live.out);
}

/* `rates`: hits a second since it was drawn last, too. */
static void table(FILE *out, const struct run *run, bool rates)
{
	uint64_t now = now_ms();
	double seconds = (double)(now - live.ms) / 1000;
	unsigned width = 5;

	for (size_t i = 0; i < run->n; i++)
		if (strlen(run->probes[i].point.name) > width)
			width = (unsigned)strlen(run->probes[i].point.name);
	fprintf(out, "%-*s %10s %10s %10s %10s %10s%s\n", (int)width, "probe", "hits", "recorded",
	        "filtered", "missed", "dropped", rates ? "     hits/s" : "");
	for (size_t i = 0; i < run->n; i++) {
		const struct totals *t = &run->probes[i].total;

		fprintf(out, "%-*s %10llu %10llu %10llu %10llu %10llu", (int)width,
		        run->probes[i].point.name, (unsigned long long)t->hits,
		        (unsigned long long)t->recorded, (unsigned long long)t->filtered,
		        (unsigned long long)t->missed, (unsigned long long)t->dropped);
		if (rates && live.ms && seconds > 0)
			fprintf(out, " %10.0f", (double)(t->hits - live.hits[i]) / seconds);
		fputc('\n', out);
		live.hits[i] = t->hits;
	}
	live.ms = now;
}

static void csv(FILE *out, const struct run *run)
{
	fputs("probe,name,hits,recorded,filtered,missed,dropped\n", out);
	for (size_t i = 0; i < run->n; i++) {
		const struct totals *t = &run->probes[i].total;

		fprintf(out, "%u,", run->probes[i].remote.id);
		csv_string(out, run->probes[i].point.name);
		fprintf(out, ",%llu,%llu,%llu,%llu,%llu\n", (unsigned long long)t->hits,
		        (unsigned long long)t->recorded, (unsigned long long)t->filtered,
		        (unsigned long long)t->missed, (unsigned long long)t->dropped);
	}
}

static uint64_t counted(const struct run *run)
{
	return run_total(run).recorded;
}

static int counting(struct run *run, const struct options *o, FILE *out, bool on_terminal)
{
	enum { STEP = 50, ASK = 250 };
	uint64_t end = now_ms() + o->duration, ask = 0;
	int status = DONE;

	live.out = out;
	say_make_room(on_terminal ? erase : NULL);
	while (!status && !interrupted() && !(o->duration && now_ms() >= end)) {
		if (now_ms() >= ask) {
			ask = now_ms() + ASK;
			status = run_count(run);
			if (o->hits && counted(run) >= o->hits)
				break;
			if (on_terminal) {
				say_console_end();
				erase();
				table(out, run, true);
				live.lines = run->n + 1;
				if (!output_flush(out))
					break;
			}
		}
		if (!status)
			status = run_step(run, STEP);
	}
	erase();
	say_make_room(NULL);
	return status;
}

static void finish(FILE *out, const struct run *run, const struct options *o)
{
	struct export e = {.out = out, .quiet = o->quiet};

	if (o->format == FORMAT_JSONL) {
		export_jsonl.end(&e, run);
	} else if (o->format == FORMAT_CSV) {
		csv(out, run);
	} else {
		table(out, run, false);
		if (!o->quiet && run->gaps)
			fprintf(out, "%u %s of unknown size; ", run->gaps,
			        run->gaps == 1 ? "gap" : "gaps");
		if (!o->quiet)
			fprintf(out, "%s\n", run_outcome(run));
	}
}

/* A table has no place for it, and stderr has it. */
static void on_event(void *ctx, const struct event *event)
{
	struct export *e = ctx;

	if (e->ops == &export_jsonl)
		e->ops->event(e, event);
}

static int count(struct attached *a, const struct options *o, const struct points *points)
{
	FILE *out = output_open(o);
	struct export e = {.out = out, .ops = export_ops(o->format)};
	struct run run = {.on_event = on_event, .ctx = &e};
	int status, written;

	if (!out)
		return OUTPUT;
	status = run_begin(&run, a, o, points, KIND_COUNT);
	if (!status) {
		int ended;

		if (o->format == FORMAT_TEXT && !o->quiet) {
			char *board = board_line(a);

			fprintf(out, "%s\n", board);
			free(board);
			fflush(out);
		}
		status = counting(&run, o, out, o->format == FORMAT_TEXT && isatty(fileno(out)));
		ended = run_end(&run);
		finish(out, &run, o);
		if (!status)
			status = ended;
		if (!status)
			status = expect_met(&run);
	}
	run_free(&run);
	written = output_close(out);
	return status ? status : written;
}

int cmd_count(const struct options *o, int argc, char **argv)
{
	return on_points(COUNT_HITS, o, argc, argv, count);
}
