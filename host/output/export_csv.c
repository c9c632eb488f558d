/* SPDX-License-Identifier: MIT */
/*
 * Hits as CSV (RFC 4180). The columns:
 *   t, probe, name, seq, pc (of a watch: that of the access)
 *   a register each, but for the program counter, which is there already
 *   elapsed  of a return: the ticks since its function was entered
 *   user     1 if the code was unprivileged
 *   values   as the text has them
 *   event    in a row of its own: "lost N" of a probe, or what happened to the session, as in
 *            export_jsonl.c
 *
 * The counters are said on stderr.
 */
#include "base/csv.h"
#include "base/say.h"
#include "output/formats.h"
#include "output/values.h"
#include "program/isas.h"

static void begin(struct export *e, const struct run *run)
{
	(void)run;
	fputs("t,probe,name,seq,pc", e->out);
	for (unsigned i = 0; i < e->isa->ncore; i++)
		if (i != e->isa->pc)
			fprintf(e->out, ",%s", e->isa->regs[i].name);
	fputs(",elapsed,user,values,event\n", e->out);
}

static void hit(struct export *e, const struct hit *h)
{
	fprintf(e->out, "%.6f,%u,", h->time, h->probe->remote.id);
	csv_string(e->out, h->probe->point.name);
	fprintf(e->out, ",%u,0x%llx", h->seq, (unsigned long long)hit_pc(e, h));
	for (unsigned i = 0; i < e->isa->ncore; i++) {
		if (i == e->isa->pc)
			continue;
		fputc(',', e->out);
		if (hit_registers(h) >> i & 1)
			fprintf(e->out, "0x%llx", (unsigned long long)h->regs[i]);
	}
	fputc(',', e->out);
	if (h->returned)
		fprintf(e->out, "%u", h->elapsed);
	fputs(h->user ? ",1," : ",,", e->out);
	values_csv(e, h);
	fputs(",\n", e->out);
}

/* The rest of a row that is no hit. */
static void no_hit(struct export *e)
{
	/* seq, pc, the other registers, elapsed, user, values, event */
	unsigned columns = e->isa->ncore + 5u;

	while (columns--)
		fputc(',', e->out);
}

static void lost(struct export *e, const struct probe *p, uint64_t records)
{
	fprintf(e->out, ",%u,", p->remote.id);
	csv_string(e->out, p->point.name);
	no_hit(e);
	fprintf(e->out, "lost %llu\n", (unsigned long long)records);
	export_say_lost(e, p, records);
}

static void event(struct export *e, const struct event *v)
{
	fprintf(e->out, "%.6f,,", v->time);
	no_hit(e);
	fprintf(e->out, "%s\n", event_name(v->kind));
}

static void end(struct export *e, const struct run *run)
{
	export_say_rest(e);
	for (size_t i = 0; i < run->n; i++) {
		const struct totals *t = &run->probes[i].total;

		note("%s: %llu hits, %llu recorded, %llu filtered, %llu missed, %llu dropped",
		     run->probes[i].point.name, (unsigned long long)t->hits,
		     (unsigned long long)t->recorded, (unsigned long long)t->filtered,
		     (unsigned long long)t->missed, (unsigned long long)t->dropped);
	}
}

const struct export_ops export_csv = {begin, hit, lost, event, end};
