/* SPDX-License-Identifier: MIT */
/*
 * Looks for functions that were inlined, in all DIEs of all units: see inlined.h.
 */
#include "program/inlined.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "program/names.h"
#include "program/scopes.h"

struct search {
	const struct elf *elf;
	const char *name; /* NULL: of any */
	size_t last;      /* where what is behind the last :: begins, without template arguments */
	inlined_fn *place;
	void *ctx;
};

/* Where a DIE's function is declared: within its namespaces and classes. */
static Dwarf_Die declared(Dwarf_Die die)
{
	static const unsigned links[] = {DW_AT_abstract_origin, DW_AT_specification};
	Dwarf_Attribute attr;

	for (unsigned i = 0; i < sizeof links / sizeof *links; i++)
		while (dwarf_attr(&die, links[i], &attr) && dwarf_formref_die(&attr, &die))
			;
	return die;
}

/* drive::Motor::set; to be freed. */
static char *qualified(Dwarf_Die *function)
{
	Dwarf_Die die = declared(*function), *scopes = NULL;
	char *name = copy_string(dwarf_diename(&die) ? dwarf_diename(&die) : "?");
	int n = dwarf_getscopes_die(&die, &scopes);

	for (int i = 1; i < n; i++) {
		const char *outer = dwarf_diename(&scopes[i]);
		char *longer;

		if (dwarf_tag(&scopes[i]) == DW_TAG_compile_unit)
			break;
		if (!outer)
			outer = "(anonymous namespace)";
		longer = format_string("%s::%s", outer, name);
		free(name);
		name = longer;
	}
	free(scopes);
	return name;
}

static bool is_meant(const struct search *s, Dwarf_Die *function)
{
	const char *name = dwarf_diename(function), *last = s->name + s->last;
	size_t length = strcspn(last, "<(");
	char *whole;
	bool meant;

	if (!name || strncmp(name, last, length) != 0 || (name[length] && name[length] != '<'))
		return false;
	if (strcmp(name, s->name) == 0)
		return true;
	whole = qualified(function);
	meant = name_match(s->name, whole) != NO_MATCH;
	free(whole);
	return meant;
}

static void look_at(const struct search *s, Dwarf_Die *die)
{
	struct inlined place;

	if (dwarf_tag(die) != DW_TAG_inlined_subroutine || dwarf_entrypc(die, &place.addr) != 0 ||
	    (s->name && !is_meant(s, die)) || !elf_func_at(s->elf, place.addr))
		return; /* what the linker threw away is at no function */
	function_of(die, &place.function);
	scope_call(die, place.call, sizeof place.call);
	s->place(s->ctx, &place);
}

/* The DIEs below one, in order; the way back up is kept, not recursed on. */
static void walk(const struct search *s, Dwarf_Die *unit)
{
	enum { DEEPEST = 256 };
	Dwarf_Die up[DEEPEST], die;
	unsigned depth = 0;

	if (dwarf_child(unit, &up[0]) != 0)
		return;
	for (;;) {
		die = up[depth];
		look_at(s, &die);
		if (depth + 1 < DEEPEST && dwarf_child(&die, &up[depth + 1]) == 0) {
			depth++;
			continue;
		}
		while (dwarf_siblingof(&up[depth], &up[depth]) != 0)
			if (depth-- == 0)
				return;
	}
}

static void search_unit(void *ctx, Dwarf *dwarf, Dwarf_Die *unit)
{
	(void)dwarf;
	walk(ctx, unit);
}

/* Where the last part of a name begins: behind the last :: that is in no brackets. */
static size_t last_part(const char *name)
{
	size_t last = 0;
	unsigned depth = 0;

	for (size_t i = 0; name[i]; i++) {
		depth += strchr("(<", name[i]) != NULL;
		depth -= depth && strchr(")>", name[i]);
		if (!depth && name[i] == ':' && name[i + 1] == ':')
			last = i + 2;
	}
	return last;
}

void inlined_find(const struct elf *elf, const char *name, inlined_fn *place, void *ctx)
{
	struct search s = {
	        .elf = elf, .name = name, .last = last_part(name), .place = place, .ctx = ctx};

	lines_units(elf->lines, search_unit, &s);
}

void inlined_each(const struct elf *elf, inlined_fn *place, void *ctx)
{
	struct search s = {.elf = elf, .place = place, .ctx = ctx};

	lines_units(elf->lines, search_unit, &s);
}
