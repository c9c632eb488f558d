/* SPDX-License-Identifier: MIT */
/*
 * Variables of a structure, by their DIEs: see pointers.h.
 */
#include "program/pointers.h"

#include <dwarf.h>
#include <string.h>

#include "program/dwarf_units.h"

struct pointers {
	const char *structure, *member;
	pointer_fn *found;
	void *ctx;
};

/* Is it a child of `of` by that tag and name? Then that child. */
static bool child_named(Dwarf_Die *of, int tag, const char *name, Dwarf_Die *child)
{
	if (dwarf_child(of, child))
		return false;
	do {
		const char *its = dwarf_tag(child) == tag ? dwarf_diename(child) : NULL;

		if (its && strcmp(its, name) == 0)
			return true;
	} while (dwarf_siblingof(child, child) == 0);
	return false;
}

/* The offset of the member in a variable of the structure, through const and typedef; false: it is
 * none. */
static bool offset_in(const struct pointers *s, Dwarf_Die *variable, uint64_t *offset)
{
	Dwarf_Attribute attr;
	Dwarf_Die type, member;
	Dwarf_Word at;

	if (!dwarf_attr_integrate(variable, DW_AT_type, &attr) ||
	    !dwarf_formref_die(&attr, &type) || dwarf_peel_type(&type, &type) != 0 ||
	    dwarf_tag(&type) != DW_TAG_structure_type)
		return false;
	if (!dwarf_diename(&type) || strcmp(dwarf_diename(&type), s->structure) != 0 ||
	    !child_named(&type, DW_TAG_member, s->member, &member) ||
	    !dwarf_attr(&member, DW_AT_data_member_location, &attr) ||
	    dwarf_formudata(&attr, &at) != 0)
		return false;
	*offset = at;
	return true;
}

/* The address that a location begins with; in a split unit it is one of a table's. */
static bool address_of(Dwarf_Attribute *location, Dwarf_Op *op, Dwarf_Addr *addr)
{
	Dwarf_Attribute attr;

	*addr = op->number;
	if (op->atom == DW_OP_addr)
		return true;
	return (op->atom == DW_OP_addrx || op->atom == DW_OP_GNU_addr_index) &&
	       dwarf_getlocation_attr(location, op, &attr) == 0 && dwarf_formaddr(&attr, addr) == 0;
}

static void look_at_variable(const struct pointers *s, Dwarf_Die *variable)
{
	Dwarf_Attribute attr;
	Dwarf_Op *ops;
	uint64_t offset;
	Dwarf_Addr addr;
	size_t n;

	if (dwarf_attr(variable, DW_AT_location, &attr) &&
	    dwarf_getlocation(&attr, &ops, &n) == 0 && n == 1 && address_of(&attr, ops, &addr) &&
	    offset_in(s, variable, &offset))
		s->found(s->ctx, addr + offset);
}

/* Scopes within scopes, as deep as people write them. */
static void look_for_variables(const struct pointers *s, Dwarf_Die *scope, unsigned depth)
{
	Dwarf_Die child;

	if (!depth || dwarf_child(scope, &child))
		return;
	do {
		switch (dwarf_tag(&child)) {
		case DW_TAG_variable:
			look_at_variable(s, &child);
			break;
		case DW_TAG_subprogram:
		case DW_TAG_lexical_block:
		case DW_TAG_namespace:
			look_for_variables(s, &child, depth - 1);
			break;
		}
	} while (dwarf_siblingof(&child, &child) == 0);
}

static void pointers_of_unit(void *ctx, Dwarf *dwarf, Dwarf_Die *unit)
{
	enum { DEEPEST = 16 };
	const struct pointers *s = ctx;
	Dwarf_Die type;

	(void)dwarf;
	if (child_named(unit, DW_TAG_structure_type, s->structure, &type))
		look_for_variables(s, unit, DEEPEST);
}

void pointers_find(struct lines *l, const char *structure, const char *member, pointer_fn *found,
                   void *ctx)
{
	struct pointers s = {structure, member, found, ctx};

	lines_units(l, pointers_of_unit, &s);
}
