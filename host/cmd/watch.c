/* SPDX-License-Identifier: MIT */
/*
 * Probes that stream: see watch.h.
 */
#include "cmd/watch.h"

#include <stdio.h>

#include "base/interrupt.h"
#include "base/say.h"
#include "base/util.h"
#include "output/formats.h"
#include "output/output.h"
#include "session/expect.h"

static void on_armed(void *ctx, const struct run *run)
{
	struct export *e = ctx;

	e->ops->begin(e, run);
}

static void on_hit(void *ctx, const struct hit *h)
{
	struct export *e = ctx;

	e->ops->hit(e, h);
}

static void on_lost(void *ctx, const struct probe *p, uint64_t records)
{
	struct export *e = ctx;

	e->ops->lost(e, p, records);
}

static void on_event(void *ctx, const struct event *event)
{
	struct export *e = ctx;

	if (e->ops->event)
		e->ops->event(e, event);
	output_flush(e->out); /* what follows may take long */
}

/* Until the time is over, the hits are there, somebody interrupts, or the reader of our output
 * leaves. */
static int stream(struct run *run, struct export *e, const struct options *o,
                  const struct company *with)
{
	enum { STEP = 50, ASK = 1000 };
	uint64_t end = now_ms() + o->duration, ask = now_ms() + ASK;
	int status = DONE;

	while (!status && !interrupted() && !(o->duration && now_ms() >= end)) {
		status = with->step(with->ctx, run, STEP);
		if (!output_flush(e->out))
			break;
		if (o->hits && run->hits + run->lost >= o->hits)
			break;
		if (now_ms() < ask || !run->n)
			continue;
		ask = now_ms() + ASK;
		if (run_exhausted(run))
			break;
	}
	return status;
}

int watch_points(struct attached *a, const struct options *o, const struct points *points,
                 const struct company *with)
{
	struct export e = {.ops = with->ops ? with->ops : export_ops(o->format),
	                   .ctx = with->ops_ctx,
	                   .isa = a->session.target.isa,
	                   .elf = a->elf,
	                   .depth = o->depth,
	                   .elements = o->elements,
	                   .frames = o->frames,
	                   .quiet = o->quiet,
	                   .verbose = o->verbose > 0};
	struct run run = {.on_armed = on_armed,
	                  .on_hit = on_hit,
	                  .on_lost = on_lost,
	                  .on_event = on_event,
	                  .ctx = &e};
	int status, written;

	if (o->stack && o->format == FORMAT_CSV) {
		fail(USAGE, "csv has no place for backtraces");
		hint("-f jsonl has them, and so has text; or leave --stack out");
		return USAGE;
	}
	for (size_t i = 0; i < points->n; i++)
		if (points->at[i].stack && o->format == FORMAT_CSV)
			note("%s: csv has no place for its backtraces; -f jsonl has them",
			     points->at[i].name);
	e.out = output_open(o);
	if (!e.out)
		return OUTPUT;
	e.unwinder = a->elf ? unwinder_open(a->elf) : NULL;
	e.coloured = colour_on(fileno(e.out));
	status = run_begin(&run, a, o, points, KIND_SNAPSHOT);
	if (!status) {
		int ended;

		if (with->begin)
			with->begin(with->ctx);
		status = stream(&run, &e, o, with);
		if (with->end && !run.gone)
			with->end(with->ctx);
		ended = run_end(&run);
		e.ops->end(&e, &run);
		if (!status)
			status = ended;
		if (!status)
			status = expect_met(&run);
	}
	run_free(&run);
	unwinder_close(e.unwinder);
	written = output_close(e.out);
	return status ? status : written;
}
