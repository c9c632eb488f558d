/* SPDX-License-Identifier: MIT */
/*
 * What the formats of samples share: see live.h.
 *
 * Where one program does not hold all values there are several samplers. They run at the same
 * polls, so records of one number belong together. A part that was dropped leaves its values out.
 */
#include "output/live.h"

#include <stdlib.h>

#include "base/say.h"
#include "base/util.h"

/* ---- samples from records ---- */

static void complete(struct live *l)
{
	bool any = false;
	double time = 0;

	for (size_t i = l->nparts; i-- > 0;)
		if (l->parts[i].here) {
			any = true;
			time = l->parts[i].time;
		}
	if (any && !(l->most && l->rows >= l->most)) {
		l->rows++;
		l->ops->row(l, time);
	}
	for (size_t i = 0; i < l->nparts; i++)
		l->parts[i].here = false;
}

/* Is what is under way of another number? */
static bool is_next(const struct live *l, uint32_t seq)
{
	for (size_t i = 0; i < l->nparts; i++)
		if (l->parts[i].here && l->parts[i].seq != seq)
			return true;
	return false;
}

static bool all_here(const struct live *l)
{
	for (size_t i = 0; i < l->nparts; i++)
		if (!l->parts[i].here)
			return false;
	return true;
}

void live_armed(void *ctx, const struct run *run)
{
	struct live *l = ctx;

	l->nparts = run->n;
	l->parts = grow(NULL, run->n, sizeof *l->parts);
	l->nvalues = 0;
	for (size_t i = 0; i < run->n; i++) {
		l->parts[i] = (struct live_part){.probe = &run->probes[i]};
		l->nvalues += run->probes[i].fields->n;
	}
	l->ops->begin(l, run);
}

void live_hit(void *ctx, const struct hit *h)
{
	struct live *l = ctx;
	struct live_part *part = l->parts;

	if (is_next(l, h->seq))
		complete(l);
	while (part->probe != h->probe)
		part++;
	part->here = true;
	part->seq = h->seq;
	part->time = h->time;
	part->output = *h->output;
	if (all_here(l))
		complete(l);
}

void live_lost(void *ctx, const struct probe *p, uint64_t records)
{
	struct live *l = ctx;

	(void)p;
	if (l->ops->lost)
		l->ops->lost(l, records);
}

void live_event(void *ctx, const struct event *event)
{
	struct live *l = ctx;

	complete(l);
	if (l->ops->event)
		l->ops->event(l, event);
}

void live_draw(struct live *l)
{
	if (l->ops->draw)
		l->ops->draw(l);
}

static void say_rest(struct live *l)
{
	if (!l->unsaid)
		return;
	note("lost: %llu %s", (unsigned long long)l->unsaid, l->unsaid == 1 ? "record" : "records");
	l->unsaid = 0;
	l->said = now_ms();
}

void live_say_lost(struct live *l, uint64_t records)
{
	enum { SECOND = 1000 };

	l->unsaid += records;
	if (now_ms() - l->said >= SECOND)
		say_rest(l);
}

void live_end(struct live *l, const struct run *run)
{
	complete(l);
	say_rest(l);
	l->ops->end(l, run);
}

void live_free(struct live *l)
{
	free(l->parts);
	l->parts = NULL;
}

/* ---- values ---- */

const char *live_name(const struct live *l, size_t index)
{
	const struct live_part *part = l->parts;

	for (; index >= part->probe->fields->n; part++)
		index -= part->probe->fields->n;
	return part->probe->fields->at[index].name;
}

static size_t each_of_part(const struct live *l, const struct live_part *part, size_t index,
                           FILE *to, live_each_fn *each, void *ctx)
{
	const struct fields *f = part->probe->fields;
	struct field_values *h =
	        fields_at(f, &(struct brought){.regs = part->output.regs, .output = &part->output});
	struct show s = {.out = to,
	                 .elf = l->elf,
	                 .e = field_evaluation(h),
	                 .depth = l->depth,
	                 .elements = l->elements};

	for (size_t i = 0; i < f->n; i++) {
		const char *why = "dropped";
		struct value v;
		bool known = part->here && field_value(h, i, &v, &why);

		each(ctx, index++, f->at[i].name, &s, known ? &v : NULL, why);
	}
	field_values_free(h);
	return index;
}

void live_each(const struct live *l, FILE *to, live_each_fn *each, void *ctx)
{
	size_t index = 0;

	for (size_t i = 0; i < l->nparts; i++)
		index = each_of_part(l, &l->parts[i], index, to, each, ctx);
}

void live_value(const struct show *s, const struct value *v, const char *why)
{
	if (v)
		show_text(s, v);
	else
		fprintf(s->out, "<%s>", why);
}

/* They miss the same polls; each drops, and loses, records of its own. */
struct live_totals live_totals(const struct run *run)
{
	struct live_totals t = {0};

	for (size_t i = 0; i < run->n; i++) {
		const struct totals *of = &run->probes[i].total;
		uint64_t lost = of->lost > of->dropped ? of->lost - of->dropped : 0;

		t.missed = of->missed > t.missed ? of->missed : t.missed;
		t.dropped = of->dropped > t.dropped ? of->dropped : t.dropped;
		t.lost = lost > t.lost ? lost : t.lost;
	}
	return t;
}
