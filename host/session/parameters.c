/* SPDX-License-Identifier: MIT */
/*
 * Parameters at a point: see parameters.h.
 */
#include "session/parameters.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "program/lookup.h"

static bool is_entry(const struct scope *s)
{
	const struct elf_symbol *func = elf_func_at(s->elf, s->pc);

	return func && func->addr == s->pc;
}

/* Where nothing tells how it was passed, DWARF may. */
static const char *take_dwarfs(const struct variable *v, const char *why)
{
	if (!why && v->settles)
		return "the function has not stored it yet";
	if (v->settles)
		return why;
	for (size_t i = 0; i < v->location.npieces; i++)
		if (v->location.pieces[i].kind == LOCATION_NONE)
			return why ? why : v->location.pieces[i].why;
	return NULL;
}

/* Does DWARF know it without memory, which the function may not have written yet? Calls that are
   all known may have been made otherwise than the convention has it. */
static bool is_known(const struct variable *v)
{
	for (size_t i = 0; i < v->location.npieces; i++)
		if (v->location.pieces[i].kind == LOCATION_NONE ||
		    v->location.pieces[i].kind == LOCATION_MEMORY)
			return false;
	return v->location.npieces && !v->settles;
}

static void take(void *ctx, const char *name, struct variable *v)
{
	struct parameters *p = ctx;
	struct parameter *one;
	struct location passed;
	const char *why = NULL;

	if (p->by_entry)
		location_take_entry(&v->location);
	p->at = grow(p->at, p->n + 1, sizeof *p->at);
	one = &p->at[p->n++];
	*one = (struct parameter){.name = name, .variable = *v};
	if (!p->entry || !passing_next(&p->passing, v->type, &passed, &why)) {
		one->why = take_dwarfs(v, why);
		return;
	}
	if (is_known(v)) {
		location_free(&passed);
		return;
	}
	location_free(&one->variable.location);
	one->variable.location = passed;
	one->variable.settles = 0;
}

void parameters_of(struct parameters *p, const struct scope *s, const struct tl_isa *isa,
                   bool entry)
{
	struct call_kind kind;

	*p = (struct parameters){.entry = s->at && is_entry(s), .by_entry = entry};
	if (!scope_call_kind(s, &kind))
		return;
	p->returns = kind.returns;
	passing_begin(&p->passing, isa, s->elf->files->float_bytes, &kind);
	scope_parameters(s, take, p);
}

void parameters_free(struct parameters *p)
{
	for (size_t i = 0; i < p->n; i++)
		location_free(&p->at[i].variable.location);
	free(p->at);
	*p = (struct parameters){0};
}

struct tree *parameter_tree(const struct parameter *p)
{
	return p->why ? NULL : tree_of_variable(p->name, &p->variable);
}

static bool not_yet(struct tree *t, const struct node *n, const struct scope *s)
{
	char place[160];

	elf_describe(s->elf, n->variable->settles, place, sizeof place);
	tree_problem(t, n->at, n->length,
	             "'%s' has no value there: the function's first instructions store it",
	             n->name);
	return tree_hint(t,
	                 "it has one from %s on; where only the function is named, the place "
	                 "moves there",
	                 place);
}

static const struct parameter *find(const struct parameters *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->at[i].name, name) == 0)
			return &p->at[i];
	return NULL;
}

bool parameters_put(const struct parameters *p, const struct scope *s, struct tree *t)
{
	for (struct node *n = t->nodes; n; n = n->next) {
		const struct parameter *one;

		if (n->kind != NODE_VARIABLE || n->global)
			continue;
		one = p->entry ? find(p, n->name) : NULL;
		if (one && !one->why) {
			location_free(&n->variable->location);
			n->variable->location = location_copy(&one->variable.location);
		} else if (n->variable->settles) {
			return not_yet(t, n, s);
		}
	}
	return true;
}
