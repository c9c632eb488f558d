/* SPDX-License-Identifier: MIT */
/*
 * Collects variables from scopes: see locals.h. A compiler leaves out of a copy what it has
 * optimised out there: the function's abstract instance has it still.
 */
#include "program/locals.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

enum { DEEPEST = 32 };

struct found {
	Dwarf_Die die;
	unsigned scope;
};

struct list {
	struct found *at;
	size_t n;
};

static bool is_variable(Dwarf_Die *die)
{
	return (dwarf_tag(die) == DW_TAG_formal_parameter || dwarf_tag(die) == DW_TAG_variable) &&
	       dwarf_diename(die);
}

static void add(struct list *list, const Dwarf_Die *die, unsigned scope)
{
	list->at = grow(list->at, list->n + 1, sizeof *list->at);
	list->at[list->n++] = (struct found){*die, scope};
}

static bool origin_of(Dwarf_Die *die, Dwarf_Die *origin)
{
	Dwarf_Attribute attr;

	return dwarf_attr(die, DW_AT_abstract_origin, &attr) && dwarf_formref_die(&attr, origin);
}

static bool is_listed(const struct list *list, const Dwarf_Die *die)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->at[i].die.addr == die->addr)
			return true;
	return false;
}

/* The variable of a function's copy whose abstract instance this is, in whatever block of it. */
static bool find_copy(Dwarf_Die *scope, const Dwarf_Die *abstract, unsigned depth, Dwarf_Die *copy)
{
	Dwarf_Die child, origin;

	if (!depth || dwarf_child(scope, &child) != 0)
		return false;
	do {
		if (is_variable(&child) && origin_of(&child, &origin) &&
		    origin.addr == abstract->addr) {
			*copy = child;
			return true;
		}
		if (dwarf_tag(&child) == DW_TAG_lexical_block &&
		    find_copy(&child, abstract, depth - 1, copy))
			return true;
	} while (dwarf_siblingof(&child, &child) == 0);
	return false;
}

static void collect(struct list *list, Dwarf_Die *scope, unsigned index, unsigned depth)
{
	Dwarf_Die child;

	if (!depth || dwarf_child(scope, &child) != 0)
		return;
	do {
		if (is_variable(&child) && !is_listed(list, &child))
			add(list, &child, index);
		else if (scope_without_addresses(&child))
			collect(list, &child, index, depth - 1);
	} while (dwarf_siblingof(&child, &child) == 0);
}

/* What a copy has elsewhere, or no more. Of blocks within, only the latter: whether the address is
 * in one of these is not known. */
static void collect_abstract(struct list *list, Dwarf_Die *copies, Dwarf_Die *abstract,
                             unsigned index, unsigned depth)
{
	Dwarf_Die child, copy;
	bool outermost = depth == DEEPEST;

	if (!depth || dwarf_child(abstract, &child) != 0)
		return;
	do {
		if (dwarf_tag(&child) == DW_TAG_lexical_block)
			collect_abstract(list, copies, &child, index, depth - 1);
		if (!is_variable(&child))
			continue;
		if (!find_copy(copies, &child, DEEPEST, &copy))
			add(list, &child, index);
		else if (outermost && !is_listed(list, &copy))
			add(list, &copy, index);
	} while (dwarf_siblingof(&child, &child) == 0);
}

/* Is there another one of that name in a scope within, of the same function? */
static bool is_hidden(const struct list *list, size_t i)
{
	const char *name = dwarf_diename(&list->at[i].die);

	for (size_t k = 0; k < list->n; k++)
		if (list->at[k].scope > list->at[i].scope &&
		    strcmp(dwarf_diename(&list->at[k].die), name) == 0)
			return true;
	return false;
}

static void report(struct list *list, unsigned function, bool parameters, local_fn *take, void *ctx)
{
	for (size_t i = 0; i < list->n; i++) {
		Dwarf_Die *die = &list->at[i].die;
		bool parameter = dwarf_tag(die) == DW_TAG_formal_parameter;

		if (parameter == parameters)
			take(ctx, &(struct local){dwarf_diename(die), die, function, parameter,
			                          is_hidden(list, i)});
	}
}

void locals_each(const struct scopes *scopes, local_fn *take, void *ctx)
{
	unsigned end = scopes->n;

	for (unsigned i = scopes->n; i-- > 0;) {
		struct list list = {0};
		Dwarf_Die scope = scopes->at[i], origin;

		if (!scope_is_function(&scope))
			continue;
		for (unsigned k = i; k < end; k++) {
			Dwarf_Die block = scopes->at[k];

			collect(&list, &block, k, DEEPEST);
		}
		if (origin_of(&scope, &origin))
			collect_abstract(&list, &scope, &origin, i, DEEPEST);
		report(&list, i, true, take, ctx);
		report(&list, i, false, take, ctx);
		free(list.at);
		end = i;
	}
}
