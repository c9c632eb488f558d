/* SPDX-License-Identifier: MIT */
/*
 * Places where a variable lives: see near.h.
 */
#include "expr/near.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "program/locals.h"
#include "program/lookup.h"
#include "program/whereabouts.h"

struct search {
	const struct elf *elf;
	const struct scopes *in;
	const char *name;
	struct where_ranges ranges;
	bool found, parameter; /* of the function whose frame it is */
};

static void take(void *ctx, const struct local *local)
{
	struct search *s = ctx;

	if (s->found || local->hidden || strcmp(local->name, s->name) != 0)
		return;
	s->found = true;
	s->parameter = local->parameter && !local->function;
	where_ranges_of(s->elf, s->in, local->die, &s->ranges);
}

/* "r1 from pid_step (pid.c:13) to pid_step+0x12" */
static char *stretch(const struct elf *elf, const struct where_range *r)
{
	char from[160], to[160], line[96];

	elf_describe(elf, r->start, from, sizeof from);
	elf_describe(elf, r->end, to, sizeof to);
	if (!lines_describe(elf->lines, r->start, line, sizeof line))
		return format_string("%s from %s to %s", r->text, from, to);
	return format_string("%s from %s (%s) to %s", r->text, from, line, to);
}

/* The last stretch before the place, and the first behind it. */
static char *describe(const struct search *s, uint64_t pc)
{
	const struct where_range *before = NULL, *behind = NULL;
	char *first, *second, *both;

	for (size_t i = 0; i < s->ranges.n; i++) {
		const struct where_range *r = &s->ranges.at[i];

		if (r->end <= pc && (!before || r->end > before->end))
			before = r;
		if (r->start > pc && (!behind || r->start < behind->start))
			behind = r;
	}
	if (!before && !behind)
		return NULL;
	first = stretch(s->elf, before ? before : behind);
	second = before && behind ? stretch(s->elf, behind) : NULL;
	both = format_string("it is %s%s%s%s", *first == '=' ? "" : "in ", first,
	                     second ? "; " : "", second ? second : "");
	free(first);
	free(second);
	return both;
}

char *variable_near(const struct scope *scope, const char *name)
{
	const struct elf_symbol *func = elf_func_at(scope->elf, scope->pc);
	struct scopes in;
	struct search s = {.elf = scope->elf, .in = &in, .name = name};
	char *text = NULL;

	if (!scope->at || !scopes_at(scope->elf, scope->pc, &in))
		return NULL;
	locals_each(&in, take, &s);
	text = describe(&s, scope->pc);
	where_ranges_free(&s.ranges);
	if (!text && s.parameter && func && func->addr != scope->pc)
		text = format_string("at the function's entry it is what was passed: '%s %s'",
		                     elf_name(scope->elf, func), name);
	return text;
}
