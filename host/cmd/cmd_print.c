/* SPDX-License-Identifier: MIT */
/*
 * trapline print EXPR…: values of C expressions over variables that always have a place, while the
 * firmware runs; without a port, those that the ELF begins with.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/say.h"
#include "cmd/cmd.h"
#include "cmd/evaluate.h"
#include "output/output.h"

static void print_text(const struct show *s, const struct tree *t, const struct value *v)
{
	fprintf(s->out, "%s = ", t->text);
	show_text(s, v);
	fputc('\n', s->out);
}

static void print_json(const struct show *s, const struct tree *t, const struct value *v)
{
	char type[160];

	type_write(v->type, type, sizeof type);
	fputs("{\"expr\":", s->out);
	json_string(s->out, t->text);
	fputs(",\"type\":", s->out);
	json_string(s->out, type);
	fputs(",\"value\":", s->out);
	show_json(s, v);
	fputs("}\n", s->out);
}

/* As the text has it, in one field. */
static void print_csv(const struct show *s, const struct tree *t, const struct value *v)
{
	struct show to = *s;
	char type[160], *text;
	size_t size;

	to.out = open_memstream(&text, &size);
	if (!to.out)
		abort();
	show_text(&to, v);
	fclose(to.out);
	type_write(v->type, type, sizeof type);
	csv_string(s->out, t->text);
	fputc(',', s->out);
	csv_string(s->out, type);
	fputc(',', s->out);
	csv_string(s->out, text);
	fputc('\n', s->out);
	free(text);
}

static int print_all(const struct options *o, struct evaluator *v, struct tree **trees, int n)
{
	static void (*const forms[])(const struct show *, const struct tree *,
	                             const struct value *) = {
	        [FORMAT_TEXT] = print_text, [FORMAT_JSONL] = print_json, [FORMAT_CSV] = print_csv};
	struct show s = {.elf = v->a->elf, .e = &v->e, .depth = o->depth, .elements = o->elements};
	int status = DONE, ended;
	struct value value;

	s.out = output_open(o);
	if (!s.out)
		return OUTPUT;
	if (o->format == FORMAT_CSV)
		fputs("expr,type,value\n", s.out);
	for (int i = 0; i < n && !status; i++) {
		status = evaluator_value(v, trees[i], &value);
		if (!status)
			forms[o->format](&s, trees[i], &value);
	}
	ended = output_close(s.out);
	return status ? status : ended;
}

/* All are parsed before the first is read: an error in the last one costs nothing. */
static int print(const struct options *o, struct evaluator *v, char **texts, int n)
{
	struct tree **trees = calloc((size_t)n, sizeof *trees);
	int status = trees ? DONE : OUTPUT;

	for (int i = 0; i < n && !status; i++) {
		trees[i] = evaluator_parse(v, texts[i]);
		status = trees[i] ? DONE : SYMBOL;
	}
	if (!status)
		status = print_all(o, v, trees, n);
	for (int i = 0; trees && i < n; i++)
		tree_free(trees[i]);
	free(trees);
	return status;
}

int cmd_print(const struct options *o, int argc, char **argv)
{
	struct evaluator v;
	struct attached a;
	int status;

	if (argc < 1)
		return MISUSED;
	status = attach(&a, o, MAY_PORT | WANT_ELF);
	if (status)
		return status;
	if (!a.online)
		note("no port: these are the values that %s begins with", a.elf->name);
	evaluator_open(&v, &a);
	status = print(o, &v, argv, argc);
	evaluator_close(&v);
	detach(&a);
	return status;
}
