/* SPDX-License-Identifier: MIT */
/*
 * Looks for functions that were inlined, in all DIEs of all units: see inlined.h.
 */
#include "program/inlined.h"

#include <dwarf.h>
#include <string.h>

#include "program/dwarf_units.h"

struct search {
	const char *name;
	char *where;
	size_t size;
	bool found;
	inlined_fn *place;
	void *ctx;
};

/* The file that a DIE names. libdw aborts where its unit's list of files cannot be read: that is
 * asked for first. */
static const char *file_of(Dwarf_Die *die)
{
	Dwarf_Files *files;
	Dwarf_Die unit;

	return dwarf_diecu(die, &unit, NULL, NULL) && dwarf_getsrcfiles(&unit, &files, NULL) == 0
	               ? dwarf_decl_file(die)
	               : NULL;
}

static void look_at(struct search *s, Dwarf_Die *die)
{
	Dwarf_Die origin = *die;
	Dwarf_Attribute attr;
	Dwarf_Addr entry;
	const char *name;
	int line;

	if (dwarf_tag(die) != DW_TAG_inlined_subroutine)
		return;
	while (dwarf_attr(&origin, DW_AT_abstract_origin, &attr) &&
	       dwarf_formref_die(&attr, &origin))
		if (!dwarf_hasattr(&origin, DW_AT_abstract_origin))
			break;
	name = dwarf_diename(&origin);
	if (!name || strcmp(name, s->name) != 0)
		return;
	if (!s->found && dwarf_decl_line(&origin, &line) == 0)
		line_name(file_of(&origin), line, s->where, s->size);
	s->found = true;
	if (dwarf_entrypc(die, &entry) == 0)
		s->place(s->ctx, entry);
}

/* The DIEs below one, in order; the way back up is kept, not recursed on. */
static void walk(struct search *s, Dwarf_Die *unit)
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

bool inlined_find(struct lines *l, const char *name, char *where, size_t size, inlined_fn *place,
                  void *ctx)
{
	const char *last = strstr(name, "::") ? strrchr(name, ':') + 1 : name;
	struct search s = {.name = last, .where = where, .size = size, .place = place, .ctx = ctx};

	*where = 0;
	lines_units(l, search_unit, &s);
	return s.found;
}
