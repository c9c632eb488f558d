/* SPDX-License-Identifier: MIT */
/*
 * Variables without a value at their place: why, and where and how there is one. And those that are
 * asked for as they were at the function's entry.
 */
#include <stdlib.h>

#include "base/util.h"
#include "expr/entry.h"
#include "expr/near.h"
#include "expr/part.h"
#include "expr/resolve_parts.h"

/* Callers tell what a variable was at the function's entry, or would if they were asked. */
static char *way_by_entry(const struct resolver *r, const struct node *n)
{
	const struct scope *scope = r->s->scope;
	const char *with = r->s->entry ? "" : r->s->entry_way, *why;
	struct variable passed;
	bool told;

	if (n->global || !with)
		return NULL;
	if (location_needs_entry(&n->variable->location))
		return entry_told(scope, &n->variable->location)
		               ? format_string("%sit is found where the function is called", with)
		               : NULL;
	if (!entry_variable(scope, r->s->isa, n->name, &passed, &why))
		return NULL;
	told = entry_told(scope, &passed.location);
	location_free(&passed.location);
	return told ? format_string("%s%s@entry is what was passed", with, n->name) : NULL;
}

static bool is_there(struct resolver *r, struct node *n)
{
	struct location *l = &n->variable->location;
	const char *why = NULL;
	char *near, *way;

	if (r->s->entry)
		location_take_entry(l);
	for (size_t i = 0; i < l->npieces && !why; i++)
		if (l->pieces[i].kind == LOCATION_NONE)
			why = l->pieces[i].why;
	if (!why || n->pointee || r->in_sizeof)
		return true;
	tree_problem(r->tree, n->at, n->length, "'%s' has no value there: %s", n->name, why);
	way = way_by_entry(r, n);
	near = n->global ? NULL : variable_near(r->s->scope, n->name);
	if (way || near)
		tree_hint(r->tree, "%s%s%s", way ? way : "", way && near ? "; " : "",
		          near ? near : "");
	free(near);
	free(way);
	return false;
}

bool resolve_nowhere(struct resolver *r, struct node *n)
{
	return (n->type->kind == TYPE_STRUCT && part_may_be_there(&n->variable->location)) ||
	       is_there(r, n);
}

/* Where a node's bits are in the variable that it is, or is a member of; NULL: it is of none. */
static struct node *part_of(struct node *n, uint64_t *at, uint64_t *bits)
{
	const struct node *whole = n;

	*at = 0;
	*bits = 8 * n->type->size;
	for (; n->kind == NODE_MEMBER; n = n->kid[0]) {
		const struct member *m = &n->kid[0]->type->members[n->member];

		*at += 8 * m->offset;
		if (n == whole && m->bits) {
			*at += m->shift;
			*bits = m->bits;
		}
	}
	return n->kind == NODE_VARIABLE ? n : NULL;
}

bool resolve_part(struct resolver *r, struct node *n)
{
	uint64_t at, bits;
	struct node *variable = part_of(n, &at, &bits);

	if (!variable || variable->type->kind != TYPE_STRUCT || r->in_sizeof)
		return true;
	part_take(&variable->variable->location, variable->type, at, bits);
	return is_there(r, variable);
}

/* NAME@entry. */
bool resolve_as_passed(struct resolver *r, struct node *n)
{
	const char *why;

	n->variable = grow(NULL, 1, sizeof *n->variable);
	*n->variable = (struct variable){0};
	if (!entry_variable(r->s->scope, r->s->isa, n->name, n->variable, &why))
		return tree_problem(r->tree, n->at, n->length, "no '%s@entry' there: %s", n->name,
		                    why);
	n->kind = NODE_VARIABLE;
	n->type = n->variable->type;
	if (r->s->entry || !location_needs_entry(&n->variable->location))
		return true;
	tree_problem(r->tree, n->at, n->length,
	             "'%s@entry' has no value there: only who called tells it", n->name);
	if (r->s->entry_way)
		tree_hint(r->tree, "%sit is found where the function is called", r->s->entry_way);
	return false;
}
