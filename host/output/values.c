/* SPDX-License-Identifier: MIT */
/*
 * Values of a hit written out: see values.h.
 */
#include "output/values.h"

#include <stdlib.h>

#include "base/csv.h"
#include "base/json.h"
#include "expr/show.h"

static struct field_values *values_of(const struct export *e, const struct hit *hit)
{
	return fields_at(hit->probe->fields, &(struct brought){.regs = hit->regs,
	                                                       .mask = hit->mask,
	                                                       .ticks = hit->ticks,
	                                                       .output = hit->output,
	                                                       .captured = hit->captured,
	                                                       .unwinder = e->unwinder});
}

static struct show show_of(const struct export *e, FILE *out, struct field_values *h)
{
	return (struct show){.out = out,
	                     .elf = e->elf,
	                     .e = field_evaluation(h),
	                     .depth = e->depth,
	                     .elements = e->elements};
}

static void value_text(const struct show *s, struct field_values *h, size_t i)
{
	struct value v;
	const char *why;

	if (field_value(h, i, &v, &why))
		show_text(s, &v);
	else
		fprintf(s->out, "<%s>", why);
}

static void write_text(const struct export *e, const struct hit *hit, FILE *out)
{
	const struct fields *f = hit->probe->fields;
	struct field_values *h = values_of(e, hit);
	struct show s = show_of(e, out, h);

	if (f->call)
		fputc('(', out);
	for (size_t i = 0; i < f->n; i++) {
		if (f->result)
			fputs(" = ", out);
		else
			fprintf(out, "%s%s=", !f->call ? " " : i ? ", " : "", f->at[i].name);
		value_text(&s, h, i);
	}
	if (f->call)
		fputc(')', out);
	field_values_free(h);
}

void values_text(const struct export *e, const struct hit *hit)
{
	if (hit->probe->fields)
		write_text(e, hit, e->out);
}

/* Of values that are null, the reasons. */
static void reasons_json(const struct export *e, const struct fields *f, struct field_values *h)
{
	const char *comma = "", *why;
	struct value v;

	fputs("\"unavailable\":{", e->out);
	for (size_t i = 0; i < f->n; i++) {
		if (field_value(h, i, &v, &why))
			continue;
		fputs(comma, e->out);
		json_string(e->out, f->at[i].name);
		fputc(':', e->out);
		json_string(e->out, why);
		comma = ",";
	}
	fputs("},", e->out);
}

void values_json(const struct export *e, const struct hit *hit)
{
	const struct fields *f = hit->probe->fields;
	struct field_values *h;
	bool missing = false;
	struct value v;
	struct show s;
	const char *why;

	if (!f)
		return;
	h = values_of(e, hit);
	s = show_of(e, e->out, h);
	fputs("\"values\":{", e->out);
	for (size_t i = 0; i < f->n; i++) {
		if (i)
			fputc(',', e->out);
		json_string(e->out, f->at[i].name);
		fputc(':', e->out);
		if (field_value(h, i, &v, &why)) {
			show_json(&s, &v);
		} else {
			fputs("null", e->out);
			missing = true;
		}
	}
	fputs("},", e->out);
	if (missing)
		reasons_json(e, f, h);
	field_values_free(h);
}

char *value_of_hit(const struct export *e, const struct hit *hit, size_t index)
{
	const struct fields *f = hit->probe->fields;
	struct field_values *h;
	char *text = NULL;
	const char *why;
	struct value v;
	size_t size;
	FILE *out;

	if (!f || index >= f->n)
		return NULL;
	h = values_of(e, hit);
	if (field_value(h, index, &v, &why)) {
		struct show s;

		out = open_memstream(&text, &size);
		if (!out)
			abort();
		s = show_of(e, out, h);
		show_text(&s, &v);
		fclose(out);
	}
	field_values_free(h);
	return text;
}

void values_csv(const struct export *e, const struct hit *hit)
{
	char *text = NULL, *start;
	size_t size;
	FILE *out;

	if (!hit->probe->fields)
		return;
	out = open_memstream(&text, &size);
	if (!out)
		abort();
	write_text(e, hit, out);
	fclose(out);
	for (start = text; *start == ' ';)
		start++;
	csv_string(e->out, start);
	free(text);
}
