/* SPDX-License-Identifier: MIT */
/*
 * Types that no DIE is asked for by: those that expressions make, and those that are looked for by
 * their names. See type.h.
 */
#include <dwarf.h>
#include <string.h>

#include "base/util.h"
#include "expr/type_parts.h"

/* ---- types that expressions make ---- */

static struct entry *make(struct types *all, struct type type)
{
	struct entry *e = grow(NULL, 1, sizeof *e);

	*e = (struct entry){.type = type, .all = all, .made = true, .made_next = all->made};
	all->made = e;
	return e;
}

static const struct type *make_base(struct types *all, enum type_kind kind, unsigned size,
                                    bool is_signed)
{
	static const char *const integers[2][4] = {
	        {"unsigned char", "unsigned short", "unsigned int", "unsigned long long"},
	        {"signed char", "short", "int", "long long"}};
	unsigned log = size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3;

	for (struct entry *e = all->made; e; e = e->made_next)
		if (e->type.kind == kind && e->type.size == size && e->type.is_signed == is_signed)
			return &e->type;
	return &make(all,
	             (struct type){.kind = kind,
	                           .size = size,
	                           .is_signed = is_signed,
	                           .tag = "",
	                           .name = kind == TYPE_FUNCTION ? NULL
	                                   : kind == TYPE_BOOL   ? "bool"
	                                   : kind == TYPE_FLOAT  ? size == 4 ? "float" : "double"
	                                                         : integers[is_signed][log]})
	                ->type;
}

const struct type *type_integer(struct types *all, unsigned size, bool is_signed)
{
	return make_base(all, TYPE_INTEGER, size, is_signed);
}

const struct type *type_float(struct types *all, unsigned size)
{
	return make_base(all, TYPE_FLOAT, size, true);
}

const struct type *type_bool(struct types *all)
{
	return make_base(all, TYPE_BOOL, 1, false);
}

const struct type *type_function(struct types *all)
{
	return make_base(all, TYPE_FUNCTION, 0, false);
}

static const struct type *make_to(struct types *all, struct type type, const struct type *to)
{
	for (struct entry *e = all->made; e; e = e->made_next)
		if (e->type.kind == type.kind && e->to == to && e->type.count == type.count)
			return &e->type;
	type.tag = "";
	struct entry *e = make(all, type);

	e->to = to;
	return &e->type;
}

const struct type *type_pointer_to(struct types *all, const struct type *to)
{
	return make_to(all, (struct type){.kind = TYPE_POINTER, .size = all->word}, to);
}

const struct type *type_array_of(struct types *all, const struct type *of, uint64_t count)
{
	return make_to(all,
	               (struct type){.kind = TYPE_ARRAY,
	                             .size = of->size * count,
	                             .count = count,
	                             .counted = true},
	               of);
}

/* ---- types by name ---- */

struct by_name {
	struct types *all;
	const char *tag, *name;
	const struct type *found;
};

static bool tag_fits(const char *tag, int of)
{
	switch (of) {
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
		return !tag || strcmp(tag, "struct") == 0 || strcmp(tag, "class") == 0;
	case DW_TAG_union_type:
		return !tag || strcmp(tag, "union") == 0;
	case DW_TAG_enumeration_type:
		return !tag || strcmp(tag, "enum") == 0;
	case DW_TAG_base_type:
	case DW_TAG_typedef:
		return !tag;
	}
	return false;
}

static void name_in_unit(void *ctx, Dwarf *dwarf, Dwarf_Die *unit)
{
	struct by_name *b = ctx;
	const char *name;
	Dwarf_Die die, whole;

	(void)dwarf;
	if ((b->found && !b->found->incomplete) || dwarf_child(unit, &die) != 0)
		return;
	do {
		if (!tag_fits(b->tag, dwarf_tag(&die)))
			continue;
		whole = die;
		type_follow(&whole);
		name = dwarf_diename(&whole);
		if (name && strcmp(name, b->name) == 0) {
			b->found = type_at(b->all, &die, 0);
			if (!b->found->incomplete)
				return;
		}
	} while (dwarf_siblingof(&die, &die) == 0);
}

const struct type *type_named(struct types *all, const char *tag, const char *name)
{
	struct by_name b = {.all = all, .tag = tag, .name = name};

	if (!tag && strcmp(name, "void") == 0)
		return &all->nothing.type;
	lines_units(all->lines, name_in_unit, &b);
	return b.found;
}
