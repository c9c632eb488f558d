/* SPDX-License-Identifier: MIT */
/*
 * Moves points behind prologues: see settle.h. Code that was not optimised says of its parameters
 * that they are in its frame, and stores them there first.
 */
#include "session/settle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "expr/resolve.h"
#include "program/check.h"
#include "program/lookup.h"
#include "program/misses.h"
#include "session/parameters.h"

struct settling {
	struct scope scope;
	struct surroundings around;
	uint64_t to;    /* where all that is asked for is; 0: at the first instruction */
	char name[64];  /* the first parameter that is not */
	bool as_called; /* something is wanted that is there at the first instruction only */
};

/* Any: what it is does not matter here. */
static const struct type *special(void *ctx, const char *name, const char **why)
{
	struct settling *s = ctx;

	(void)why;
	s->as_called |= strncmp(name, "arg", 3) == 0;
	return type_integer(s->scope.types, s->around.isa->word, false);
}

static void want(struct settling *s, const char *name, uint64_t settles)
{
	if (settles && !s->to)
		snprintf(s->name, sizeof s->name, "%s", name);
	if (settles > s->to)
		s->to = settles;
}

static void want_expression(struct settling *s, const char *text)
{
	struct tree *t = expr_make(text, &s->around);

	for (const struct node *n = t->root ? t->nodes : NULL; n; n = n->next)
		if (n->kind == NODE_VARIABLE)
			want(s, n->name, n->variable->settles);
	tree_free(t);
}

static void want_parameter(void *ctx, const char *name, struct variable *v)
{
	want(ctx, name, v->settles);
	location_free(&v->location);
}

/* Those that are shown without being asked for, and of which nothing tells how they were passed. */
static void want_unknown(struct settling *s)
{
	struct parameters all;

	parameters_of(&all, &s->scope, s->around.isa, false);
	for (size_t i = 0; i < all.n; i++)
		if (all.at[i].why)
			want(s, all.at[i].name, all.at[i].variable.settles);
	parameters_free(&all);
}

static void want_values(struct settling *s, const struct point *p, bool counts)
{
	for (unsigned i = 0; i < p->nargs; i++)
		if (strcmp(p->args[i], "$params") == 0 || strcmp(p->args[i], "$vars") == 0)
			scope_parameters(&s->scope, want_parameter, s);
		else
			want_expression(s, argument_expression(p->args[i]));
	if (p->condition)
		want_expression(s, p->condition);
	if (!p->nargs && !p->mask && !counts)
		want_unknown(s);
}

static void move(struct point *p, const struct elf *elf, const struct settling *s)
{
	const struct elf_symbol *func = elf_func_at(elf, p->addr);
	uint64_t off = s->to - p->addr;
	char place[160], line[96], *to, *name;

	elf_describe(elf, s->to, place, sizeof place);
	to = lines_describe(elf->lines, s->to, line, sizeof line)
	             ? format_string("%s (%s)", place, line)
	             : copy_string(place);
	note_moved(p->name, func ? elf_name(elf, func) : p->name, s->name, to);
	free(to);
	p->addr = s->to;
	p->moved = strlen(p->name);
	if (p->named)
		return;
	name = format_string(off < 10 ? "%s+%llu" : "%s+0x%llx", p->name, (unsigned long long)off);
	free(p->name);
	p->name = name;
}

static void settle(struct point *p, const struct fields_source *from)
{
	struct settling s = {.scope = {from->elf, from->types, p->addr, true}};
	struct verdict verdict;

	s.around = (struct surroundings){.scope = &s.scope,
	                                 .isa = from->isa,
	                                 .registers = true,
	                                 .special = special,
	                                 .ctx = &s};
	want_values(&s, p, from->counts || (from->kept && !p->condition));
	if (!s.to || s.as_called)
		return;
	check_address(from->elf, s.to, false, &verdict);
	if (!verdict.error)
		move(p, from->elf, &s);
}

void points_settle(struct points *points, const struct fields_source *from)
{
	/* Values in memory take fetch programs; without these they are where they were passed. */
	if (!from->elf || !from->fetch || !lines_any(from->elf->lines))
		return;
	for (size_t i = 0; i < points->n; i++)
		if (points->at[i].alone && !points->at[i].id && !points->at[i].watch)
			settle(&points->at[i], from);
}
