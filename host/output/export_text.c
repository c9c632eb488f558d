/* SPDX-License-Identifier: MIT */
/*
 * Hits for people: a line each, and what a session began and ended with.
 */
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "output/duration.h"
#include "output/formats.h"
#include "output/frames.h"
#include "output/values.h"
#include "program/dwarf.h"
#include "program/isas.h"
#include "program/lookup.h"

static void begin(struct export *e, const struct run *run)
{
	char line[96];
	char *board;

	for (size_t i = 0; i < run->n; i++)
		if (strlen(run->probes[i].point.name) > e->columns)
			e->columns = (unsigned)strlen(run->probes[i].point.name);
	if (e->quiet)
		return;
	board = board_line(run->attached);
	fprintf(e->out, "%s\n", board);
	free(board);
	for (size_t i = 0; i < run->n; i++) {
		const struct probe *p = &run->probes[i];

		fprintf(e->out, "probe  %u %-*s  0x%08llx", p->remote.id, (int)e->columns,
		        p->point.name, (unsigned long long)elf_linked(e->elf, p->point.addr));
		if (e->elf && lines_describe(e->elf->lines, p->point.addr, line, sizeof line))
			fprintf(e->out, " %s", line);
		if (p->added) {
			fprintf(e->out, "   %s, added before: counts are from then\n",
			        step_name(p->remote.step));
			continue;
		}
		if (p->point.watch)
			fprintf(e->out, "   %s of %u bytes\n", step_name(p->remote.step),
			        p->length);
		else
			fprintf(e->out, "   %s, %u of %u points\n", step_name(p->remote.step),
			        p->points, run->attached->session.target.points);
	}
	fflush(e->out);
}

/*
 * Which registers a line shows: those asked for, or all with -v; where data was accessed; none
 * beside values by name, but who called; else arguments and link register at a hit, and the result
 * at a return.
 */
static uintptr_t shown(const struct export *e, const struct hit *h)
{
	uintptr_t mask = (uintptr_t)1 << e->isa->lr;

	if (h->probe->point.mask)
		return h->mask & h->probe->point.mask;
	if (e->verbose)
		return h->mask;
	if (h->probe->point.watch)
		return (uintptr_t)1 << e->isa->pc & h->mask;
	if (h->probe->fields)
		return h->probe->fields->call ? mask & h->mask : 0;
	if (h->returned)
		return (uintptr_t)1 << e->isa->retval[0] & h->mask;
	for (unsigned i = 0; i < e->isa->nargs; i++)
		mask |= (uintptr_t)1 << e->isa->args[i];
	return mask & h->mask;
}

/* Ticks are exact; what they are in seconds, for people. */
static void took(FILE *out, const struct hit *h)
{
	char text[DURATION_TEXT];

	fprintf(out, "  took %u ticks (%s)", h->elapsed, duration_text(text, h->took));
}

static void hit(struct export *e, const struct hit *h)
{
	uintptr_t mask = shown(e, h);
	const char *gap = "  "; /* then registers are one space apart */
	char place[160];

	fprintf(e->out, "%s%11.6f%s %s%-*s%s", e->coloured ? "\033[2m" : "", h->time,
	        e->coloured ? "\033[0m" : "", e->coloured ? "\033[1m" : "",
	        h->probe->fields ? 0 : (int)e->columns, h->probe->point.name,
	        e->coloured ? "\033[0m" : "");
	values_text(e, h);
	for (unsigned i = 0; i < e->isa->ncore; i++) {
		if (!(mask >> i & 1))
			continue;
		fprintf(e->out, "%s%s=", gap, e->isa->regs[i].name);
		gap = " ";
		elf_describe(e->elf, isa_code_address(e->isa, h->regs[i]), place, sizeof place);
		if ((i == e->isa->lr || i == e->isa->pc) && place[0] != '0')
			fputs(place, e->out);
		else
			fprintf(e->out, "0x%llx", (unsigned long long)h->regs[i]);
	}
	if (h->returned)
		took(e->out, h);
	if (h->user)
		fputs("  user", e->out);
	fputc('\n', e->out);
	frames_text(e, h);
}

static void lost(struct export *e, const struct probe *p, uint64_t records)
{
	export_say_lost(e, p, records);
}

static void totals(FILE *out, const struct totals *t)
{
	fprintf(out, "%llu hits, ", (unsigned long long)t->hits);
	if (t->filtered)
		fprintf(out, "%llu filtered, ", (unsigned long long)t->filtered);
	fprintf(out, "%llu missed, %llu dropped", (unsigned long long)t->missed,
	        (unsigned long long)t->dropped);
}

static void end(struct export *e, const struct run *run)
{
	struct totals sum = run_total(run);

	export_say_rest(e);
	if (e->quiet || !run->n)
		return;
	for (size_t i = 0; i < run->n && run->n > 1; i++) {
		fprintf(e->out, "%-*s  ", (int)e->columns, run->probes[i].point.name);
		totals(e->out, &run->probes[i].total);
		fputc('\n', e->out);
	}
	totals(e->out, &sum);
	if (run->lost > sum.dropped)
		fprintf(e->out, ", %llu lost on the line",
		        (unsigned long long)(run->lost - sum.dropped));
	if (run->gaps)
		fprintf(e->out, ", %u %s of unknown size", run->gaps,
		        run->gaps == 1 ? "gap" : "gaps");
	fprintf(e->out, "; %s\n", run_outcome(run));
}

const struct export_ops export_text = {begin, hit, lost, NULL, end};
