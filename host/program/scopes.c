/* SPDX-License-Identifier: MIT */
/*
 * Finds scopes by walking DIEs: see scopes.h.
 */
#include "program/scopes.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

bool scope_is_function(Dwarf_Die *die)
{
	return dwarf_tag(die) == DW_TAG_subprogram || dwarf_tag(die) == DW_TAG_inlined_subroutine;
}

static bool is_block(Dwarf_Die *die)
{
	switch (dwarf_tag(die)) {
	case DW_TAG_lexical_block:
	case DW_TAG_inlined_subroutine:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
		return true;
	default:
		return false;
	}
}

/* May functions be defined within? */
static bool may_have_functions(Dwarf_Die *die, bool deep)
{
	switch (dwarf_tag(die)) {
	case DW_TAG_namespace:
	case DW_TAG_module:
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
		return true;
	case DW_TAG_subprogram:
		return deep;
	default:
		return deep && is_block(die);
	}
}

static bool has_pc(Dwarf_Die *die, uint64_t addr)
{
	return dwarf_haspc(die, addr) == 1;
}

bool scope_without_addresses(Dwarf_Die *die)
{
	return dwarf_tag(die) == DW_TAG_lexical_block && !dwarf_hasattr(die, DW_AT_low_pc) &&
	       !dwarf_hasattr(die, DW_AT_ranges);
}

/* The blocks around an address below a scope that has it. */
static void descend(Dwarf_Die *scope, uint64_t addr, struct scopes *to)
{
	Dwarf_Die child;

	if (to->n == SCOPES_MAX)
		return;
	to->at[to->n++] = *scope;
	if (dwarf_child(scope, &child) != 0)
		return;
	do {
		unsigned before = to->n;

		if (!is_block(&child))
			continue;
		if (has_pc(&child, addr)) {
			descend(&child, addr, to);
			return;
		}
		if (!scope_without_addresses(
		            &child)) /* a block that says nothing of itself may hold others */
			continue;
		descend(&child, addr, to);
		if (to->n > before + 1)
			return;
		to->n = before;
	} while (dwarf_siblingof(&child, &child) == 0);
}

/* The function of a unit that has the address. `deep`: also such as are defined in others. */
static bool find(Dwarf_Die *parent, uint64_t addr, bool deep, unsigned depth, struct scopes *to)
{
	Dwarf_Die child;

	if (!depth || dwarf_child(parent, &child) != 0)
		return false;
	do {
		if (dwarf_tag(&child) == DW_TAG_subprogram && has_pc(&child, addr)) {
			descend(&child, addr, to);
			return true;
		}
		if (may_have_functions(&child, deep) && find(&child, addr, deep, depth - 1, to))
			return true;
	} while (dwarf_siblingof(&child, &child) == 0);
	return false;
}

static const char *linkage_name(Dwarf_Die *die)
{
	Dwarf_Attribute attr;
	const char *name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attr));

	return name ? name
	            : dwarf_formstring(dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attr));
}

static uint64_t func_addr(const void *elf, size_t i)
{
	return ((const struct elf *)elf)->funcs[i]->addr;
}

/* Has the linker a function of that name there, or what a compiler made of it? */
static bool is_named(const struct elf *elf, uint64_t addr, const char *name)
{
	size_t length = name ? strlen(name) : 0;

	for (size_t i = name ? up_to(elf, elf->nfuncs, func_addr, addr) : 0;
	     i-- > 0 && elf->funcs[i]->addr == addr;) {
		const char *its = elf->funcs[i]->name;

		if (strncmp(its, name, length) == 0 && (!its[length] || its[length] == '.'))
			return true;
	}
	return false;
}

static bool is_symbols(const struct elf *elf, uint64_t addr, Dwarf_Die *function)
{
	const struct elf_symbol *symbol = elf_func_at(elf, addr);

	return !symbol || is_named(elf, symbol->addr, linkage_name(function)) ||
	       is_named(elf, symbol->addr, dwarf_diename(function));
}

struct search {
	const struct elf *elf;
	uint64_t addr;
	struct scopes *to;
	bool found;
};

/* Of several units that claim an address the one is right whose function the linker knows there. */
static bool search_unit(void *ctx, Dwarf *dwarf, Dwarf_Die *unit)
{
	enum { DEEPEST = 32 };
	struct search *s = ctx;
	struct scopes here = {.n = 0};
	Dwarf_Addr low;
	bool right;

	(void)dwarf;
	if (!find(unit, s->addr, false, DEEPEST, &here) &&
	    !find(unit, s->addr, true, DEEPEST, &here))
		return true;
	right = is_symbols(s->elf, s->addr, &here.at[0]);
	if (!right && dwarf_lowpc(&here.at[0], &low) == 0 && low == 0)
		return true; /* the linker threw it away */
	if (right || !s->found)
		*s->to = here;
	s->found = true;
	return !right;
}

bool scopes_at(const struct elf *elf, uint64_t addr, struct scopes *to)
{
	struct search s = {.elf = elf, .addr = addr, .to = to};

	to->n = 0;
	lines_units_at(elf->lines, addr, search_unit, &s);
	return s.found;
}

/* -- functions -- */

/* The unit of a DIE's attribute; false: it has none such. */
static bool unit_of(Dwarf_Die *die, unsigned attribute, Dwarf_Attribute *attr, Dwarf_Die *unit)
{
	return dwarf_attr_integrate(die, attribute, attr) &&
	       dwarf_cu_die(attr->cu, unit, NULL, NULL, NULL, NULL, NULL, NULL);
}

/* libdw aborts where a unit's list of files cannot be read: that is asked for first. */
const char *scope_file(Dwarf_Die *die, unsigned attribute)
{
	Dwarf_Attribute attr;
	Dwarf_Files *files;
	Dwarf_Die unit;
	Dwarf_Word index;

	if (!unit_of(die, attribute, &attr, &unit) || dwarf_formudata(&attr, &index) != 0 ||
	    dwarf_getsrcfiles(&unit, &files, NULL) != 0)
		return NULL;
	return dwarf_filesrc(files, index, NULL, NULL);
}

static const char *folder_of(Dwarf_Die *die)
{
	Dwarf_Attribute attr;
	Dwarf_Die unit;

	return unit_of(die, DW_AT_decl_file, &attr, &unit)
	               ? dwarf_formstring(dwarf_attr(&unit, DW_AT_comp_dir, &attr))
	               : NULL;
}

void function_of(Dwarf_Die *die, struct function *f)
{
	int line;

	*f = (struct function){.name = dwarf_diename(die),
	                       .linkage = linkage_name(die),
	                       .file = scope_file(die, DW_AT_decl_file),
	                       .folder = folder_of(die)};
	if (!f->name)
		f->name = "?";
	if (dwarf_decl_line(die, &line) == 0 && line > 0)
		f->line = (unsigned)line;
}

bool function_same(const struct function *a, const struct function *b)
{
	return a->line == b->line && strcmp(a->name, b->name) == 0 &&
	       (a->file == b->file || (a->file && b->file && strcmp(a->file, b->file) == 0));
}

void scope_call(Dwarf_Die *die, char *to, size_t size)
{
	Dwarf_Attribute attr;
	Dwarf_Word line;

	if (!dwarf_attr(die, DW_AT_call_line, &attr) || dwarf_formudata(&attr, &line) != 0 ||
	    !line_name(scope_file(die, DW_AT_call_file), (int)line, to, size))
		snprintf(to, size, "?");
}

/* -- what the linker threw away -- */

/* The function that begins at an address, the one whose line is nearest above `line`. */
static bool nearest(Dwarf_Die *parent, uint64_t addr, unsigned line, Dwarf_Die *to, unsigned *best)
{
	Dwarf_Die child;
	Dwarf_Addr low;
	struct function f;
	bool found = false;

	if (dwarf_child(parent, &child) != 0)
		return false;
	do {
		if (may_have_functions(&child, false))
			found |= nearest(&child, addr, line, to, best);
		if (dwarf_tag(&child) != DW_TAG_subprogram || dwarf_lowpc(&child, &low) != 0 ||
		    low != addr)
			continue;
		function_of(&child, &f);
		if (f.line <= line && line - f.line < *best) {
			*best = line - f.line;
			*to = child;
			found = true;
		}
	} while (dwarf_siblingof(&child, &child) == 0);
	return found;
}

bool scopes_is_linked(const struct elf *elf, Dwarf_Die *unit, uint64_t addr, unsigned line)
{
	const struct elf_symbol *symbol = elf_func_at(elf, addr);
	unsigned best = UINT32_MAX;
	Dwarf_Die function;

	if (!elf->nfuncs)
		return true;
	if (!symbol)
		return false;
	return !nearest(unit, addr, line, &function, &best) || is_symbols(elf, addr, &function);
}
