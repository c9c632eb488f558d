/* SPDX-License-Identifier: MIT */
/*
 * trapline live EXPR…: values of variables while the firmware runs, sampled by the agent itself: no
 * probe, no halt. As many expressions as fit are one program, and so of one moment.
 */
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/say.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "frame.h"
#include "output/live.h"
#include "output/output.h"

enum { PERIOD = 100 /* ms, if not given */ };

/* ---- which expressions share a program ---- */

struct need {
	unsigned words, fields;
};

/* Compiled alone: what it needs, or what is wrong with it is said. */
static int measure(const struct fields_source *from, char *text, struct need *need)
{
	struct point p = {.name = text, .args = &text, .nargs = 1};
	struct fields *fields;
	struct fetch *fetch;
	int status = fields_make(&p, from, &fields, &fetch);

	if (status)
		return status;
	*need = (struct need){fetch_words(fetch) - 1, fetch_fields(fetch)};
	fields_free(fields);
	fetch_free(fetch);
	return DONE;
}

static void add_group(struct points *points, char **args, unsigned period)
{
	points->at = grow(points->at, points->n + 1, sizeof *points->at);
	points->at[points->n++] =
	        (struct point){.name = copy_string(*args), .args = args, .every = period};
}

/* One after the other, as long as output and status word have room. */
static int group(const struct fields_source *from, char **texts, int n, unsigned period,
                 struct points *points)
{
	struct need sum = {0};

	for (int i = 0; i < n; i++) {
		struct need need;
		int status = measure(from, texts[i], &need);

		if (status)
			return status;
		if (!i || 1 + sum.words + need.words > from->isa->ncore ||
		    sum.fields + need.fields > FETCH_FIELDS) {
			add_group(points, texts + i, period);
			sum = (struct need){0};
		}
		sum.words += need.words;
		sum.fields += need.fields;
		points->at[points->n - 1].nargs++;
	}
	return DONE;
}

static int grouped(struct attached *a, char **texts, int n, unsigned period, struct points *points)
{
	const struct tl_isa *isa = a->session.target.isa;
	struct fields_source from = {.elf = a->elf,
	                             .isa = isa,
	                             .types = types_open(a->elf->lines, isa->word),
	                             .fetch = true,
	                             .live = true};
	int status = group(&from, texts, n, period, points);

	types_close(from.types);
	return status;
}

/* ---- sampling ---- */

/* Until the time is over, the samples are there, somebody interrupts, or the reader of our output
 * leaves. */
static int sampling(struct run *run, struct live *l, const struct options *o)
{
	enum { STEP = 50 };
	uint64_t end = now_ms() + o->duration;
	int status = DONE;

	while (!status && !interrupted() && !(o->duration && now_ms() >= end)) {
		status = run_step(run, STEP);
		live_draw(l);
		if (!output_flush(l->out) || (l->most && l->rows >= l->most))
			break;
	}
	return status;
}

static int live(struct attached *a, const struct options *o, const struct points *points)
{
	struct live l = {.out = output_open(o),
	                 .elf = a->elf,
	                 .depth = o->depth,
	                 .elements = o->elements,
	                 .period = points->at->every,
	                 .quiet = o->quiet,
	                 .most = o->hits};
	struct run run = {.on_armed = live_armed,
	                  .on_hit = live_hit,
	                  .on_lost = live_lost,
	                  .on_event = live_event,
	                  .ctx = &l};
	int status, written;

	if (!l.out)
		return OUTPUT;
	l.ops = live_ops(o->format, l.out);
	l.coloured = colour_on(fileno(l.out));
	status = run_begin(&run, a, o, points, KIND_LIVE);
	if (!status) {
		int ended;

		status = sampling(&run, &l, o);
		ended = run_end(&run);
		live_end(&l, &run);
		if (!status)
			status = ended;
		if (!status && o->fail_on_loss)
			status = run_loss(&run);
	}
	live_free(&l);
	run_free(&run);
	written = output_close(l.out);
	return status ? status : written;
}

/* ---- the command ---- */

static int no_samplers(const struct target *t)
{
	fail(REFUSED, "the agent on %s has no samplers", t->board);
	hint("they come with fetch programs: build the agent with TL_FETCH%s; trapline print shows "
	     "what memory holds now",
	     t->features & TL_FEATURE_DECODER ? "" : ", and as one that is not thin");
	return REFUSED;
}

int cmd_live(const struct options *o, int argc, char **argv)
{
	struct points points = {0};
	struct attached a;
	int status;

	if (argc < 1)
		return MISUSED;
	status = attach(&a, o, WANT_PORT | WANT_ELF);
	if (status)
		return status;
	if (!(a.session.target.features & TL_FEATURE_FETCH))
		status = no_samplers(&a.session.target);
	if (!status)
		status = grouped(&a, argv, argc, o->interval ? o->interval : PERIOD, &points);
	if (!status)
		status = live(&a, o, &points);
	for (size_t i = 0; i < points.n; i++)
		free(points.at[i].name);
	free(points.at);
	detach(&a);
	return status;
}
