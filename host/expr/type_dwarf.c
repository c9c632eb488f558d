/* SPDX-License-Identifier: MIT */
/*
 * Types read from DIEs: see type.h. Each DIE is read once, and has one `struct type`.
 *
 * Follows DWARF 5: 5 (type entries), 5.7.6 (data members and bit-fields).
 */
#include "expr/type_dwarf.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "expr/type_parts.h"

static struct entry *entry_of(const struct type *t)
{
	return (struct entry *)(uintptr_t)t;
}

struct types *types_open(struct lines *lines, unsigned word)
{
	struct types *t = grow(NULL, 1, sizeof *t);

	memset(t, 0, sizeof *t);
	t->lines = lines;
	t->word = word;
	t->nothing = (struct entry){.type = {.kind = TYPE_VOID, .tag = ""}, .all = t, .made = true};
	t->unknown =
	        (struct entry){.type = {.kind = TYPE_UNKNOWN, .tag = ""}, .all = t, .made = true};
	return t;
}

struct lines *types_lines(const struct types *t)
{
	return t->lines;
}

static void entry_free(struct entry *e)
{
	free(e->type.members);
	free(e->type.values);
	free(e->kids);
	free(e);
}

void types_close(struct types *t)
{
	struct entry *next;

	if (!t)
		return;
	for (size_t i = 0; i < MAP; i++)
		for (struct entry *e = t->map[i]; e; e = next) {
			next = e->next;
			entry_free(e);
		}
	for (struct entry *e = t->made; e; e = next) {
		next = e->made_next;
		entry_free(e);
	}
	free(t);
}

/* ---- attributes ---- */

static bool number_of(Dwarf_Die *die, unsigned what, uint64_t *v)
{
	Dwarf_Attribute attr;
	Dwarf_Word word;

	if (!dwarf_attr_integrate(die, what, &attr) || dwarf_formudata(&attr, &word) != 0)
		return false;
	*v = word;
	return true;
}

static bool signed_of(Dwarf_Die *die, unsigned what, int64_t *v)
{
	Dwarf_Attribute attr;
	Dwarf_Sword word;

	if (!dwarf_attr_integrate(die, what, &attr) || dwarf_formsdata(&attr, &word) != 0)
		return false;
	*v = word;
	return true;
}

/* The DIE that DW_AT_type names; false: void. */
static bool target_die(Dwarf_Die *die, Dwarf_Die *to)
{
	Dwarf_Attribute attr;

	return dwarf_attr_integrate(die, DW_AT_type, &attr) && dwarf_formref_die(&attr, to);
}

/* Of the DIE itself, not of a declaration that it completes. */
static bool has_flag(Dwarf_Die *die, unsigned what)
{
	Dwarf_Attribute attr;
	bool set;

	return dwarf_attr(die, what, &attr) && dwarf_formflag(&attr, &set) == 0 && set;
}

/* ---- what kind a DIE is of ---- */

static void base_type(struct type *t, Dwarf_Die *die)
{
	uint64_t encoding = 0;

	number_of(die, DW_AT_encoding, &encoding);
	t->kind = TYPE_INTEGER;
	switch (encoding) {
	case DW_ATE_boolean:
		t->kind = TYPE_BOOL;
		break;
	case DW_ATE_float:
		t->kind = t->size == 4 || t->size == 8 ? TYPE_FLOAT : TYPE_UNKNOWN;
		break;
	case DW_ATE_signed_char:
		t->is_signed = true;
		/* fall through */
	case DW_ATE_unsigned_char:
	case DW_ATE_UTF:
		t->kind = TYPE_CHAR;
		break;
	case DW_ATE_signed:
		t->is_signed = true;
		break;
	case DW_ATE_unsigned:
	case DW_ATE_address:
		break;
	default:
		t->kind = TYPE_UNKNOWN;
	}
	if (t->kind == TYPE_INTEGER && t->size > 8)
		t->kind = TYPE_UNKNOWN;
}

static void enum_type(struct type *t, Dwarf_Die *die)
{
	Dwarf_Die under;
	uint64_t encoding = 0;

	t->kind = TYPE_ENUM;
	if (target_die(die, &under) && dwarf_peel_type(&under, &under) == 0)
		number_of(&under, DW_AT_encoding, &encoding);
	t->is_signed = encoding == DW_ATE_signed || encoding == DW_ATE_signed_char;
	/* In C++ the enum's own type is named as it is; C writes the tag. */
	t->tag = has_flag(die, DW_AT_enum_class) ? "" : "enum";
}

static void struct_type(struct type *t, Dwarf_Die *die)
{
	int tag = dwarf_tag(die);

	t->kind = TYPE_STRUCT;
	t->is_union = tag == DW_TAG_union_type;
	t->incomplete = has_flag(die, DW_AT_declaration);
	t->tag = tag == DW_TAG_union_type ? "union" : tag == DW_TAG_class_type ? "class" : "struct";
}

/* The range of an array's dimension; false: it has no such dimension. */
static bool dimension(Dwarf_Die *array, unsigned which, Dwarf_Die *range)
{
	enum { MOST = 16 };

	if (which >= MOST || dwarf_child(array, range) != 0)
		return false;
	do
		if (dwarf_tag(range) == DW_TAG_subrange_type && which-- == 0)
			return true;
	while (dwarf_siblingof(range, range) == 0);
	return false;
}

static void array_type(struct entry *e)
{
	Dwarf_Die range;
	uint64_t count = 0;

	e->type.kind = TYPE_ARRAY;
	if (!dimension(&e->die, e->dimension, &range))
		return;
	if (number_of(&range, DW_AT_count, &count)) {
		e->type.counted = true;
	} else if (number_of(&range, DW_AT_upper_bound, &count)) {
		count++; /* C's and C++'s arrays begin at 0; [0] has the bound -1 */
		e->type.counted = true;
	}
	if (e->type.counted)
		e->type.count = count;
}

static void kind_of(struct entry *e)
{
	struct type *t = &e->type;
	uint64_t size;

	if (number_of(&e->die, DW_AT_byte_size, &size))
		t->size = size;
	switch (dwarf_tag(&e->die)) {
	case DW_TAG_base_type:
		base_type(t, &e->die);
		break;
	case DW_TAG_enumeration_type:
		enum_type(t, &e->die);
		break;
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
		struct_type(t, &e->die);
		break;
	case DW_TAG_array_type:
		array_type(e);
		break;
	case DW_TAG_reference_type:
	case DW_TAG_rvalue_reference_type:
		t->is_reference = true;
		/* fall through */
	case DW_TAG_pointer_type:
		t->kind = TYPE_POINTER;
		t->size = t->size ? t->size : e->all->word;
		break;
	case DW_TAG_subroutine_type:
		t->kind = TYPE_FUNCTION;
		break;
	case DW_TAG_unspecified_type:
		t->kind = TYPE_VOID;
		break;
	default:
		t->kind = TYPE_UNKNOWN;
	}
}

/* ---- one entry for each DIE ---- */

static struct entry **place_of(struct types *all, const void *key, unsigned dimension)
{
	struct entry **at = &all->map[((uintptr_t)key + dimension * 7) / 2 % MAP];

	while (*at && ((*at)->key != key || (*at)->dimension != dimension))
		at = &(*at)->next;
	return at;
}

static bool is_alias(int tag)
{
	return tag == DW_TAG_typedef || tag == DW_TAG_const_type || tag == DW_TAG_volatile_type ||
	       tag == DW_TAG_restrict_type || tag == DW_TAG_atomic_type ||
	       tag == DW_TAG_immutable_type || tag == DW_TAG_shared_type;
}

void type_follow(Dwarf_Die *die)
{
	Dwarf_Attribute attr;
	Dwarf_Die whole;

	if (dwarf_attr(die, DW_AT_signature, &attr) && dwarf_formref_die(&attr, &whole))
		*die = whole;
}

/* The DIE behind typedefs and qualifiers, and the first typedef's name. False: void. */
static bool peel(Dwarf_Die *die, const char **name)
{
	enum { LONGEST = 64 };

	for (unsigned i = 0; i < LONGEST; i++) {
		if (!is_alias(dwarf_tag(die))) {
			type_follow(die);
			return true;
		}
		if (!*name && dwarf_tag(die) == DW_TAG_typedef)
			*name = dwarf_diename(die);
		if (!target_die(die, die))
			return false;
	}
	return false;
}

/* uint8_t is a number, whatever C says; what is called a character is one. */
static bool named_as_number(const struct type *t, const char *alias)
{
	return t->kind == TYPE_CHAR && alias && !strstr(alias, "char");
}

const struct type *type_at(struct types *all, Dwarf_Die *start, unsigned dimension)
{
	enum { MOST = 64 }; /* arrays of arrays */
	Dwarf_Die die = *start;
	const char *alias = NULL;
	struct entry **at = place_of(all, start->addr, dimension), *e;

	if (*at)
		return &(*at)->type;
	if (!peel(&die, &alias))
		return &all->nothing.type;
	e = grow(NULL, 1, sizeof *e);
	*e = (struct entry){.type = {.tag = ""},
	                    .all = all,
	                    .die = die,
	                    .dimension = dimension,
	                    .key = start->addr};
	*at = e;
	kind_of(e);
	e->type.name = alias ? alias : dwarf_diename(&die);
	if (alias)
		e->type.tag = "";
	if (named_as_number(&e->type, alias))
		e->type.kind = TYPE_INTEGER;
	if (e->type.kind == TYPE_ENUM)
		type_complete(&e->type);
	if (e->type.kind == TYPE_ARRAY && e->type.counted && all->nested < MOST) {
		all->nested++;
		e->type.size = e->type.count * type_target(&e->type)->size;
		all->nested--;
	}
	return &e->type;
}

const struct type *type_of(struct types *all, Dwarf_Die *die)
{
	Dwarf_Die to;

	return target_die(die, &to) ? type_at(all, &to, 0) : &all->nothing.type;
}

const struct type *type_of_die(struct types *all, Dwarf_Die *die)
{
	return type_at(all, die, 0);
}

const struct type *type_target(const struct type *t)
{
	struct entry *e = entry_of(t);
	Dwarf_Die range;

	if (e->to)
		return e->to;
	if (e->made)
		return &e->all->unknown.type;
	if (t->kind == TYPE_ARRAY && dimension(&e->die, e->dimension + 1, &range))
		e->to = type_at(e->all, &e->die, e->dimension + 1);
	else
		e->to = type_of(e->all, &e->die);
	return e->to;
}

/* ---- members and enumerators ---- */

/* Where a bit-field's lowest bit is, from DWARF 4's or from the older pair. */
static void bit_field(struct member *m, Dwarf_Die *die, uint64_t size)
{
	uint64_t bits, at;

	if (!number_of(die, DW_AT_bit_size, &bits) || bits > 64)
		return;
	m->bits = (unsigned)bits;
	if (number_of(die, DW_AT_data_bit_offset, &at)) {
		m->offset = at / 8;
		m->shift = at % 8;
	} else if (number_of(die, DW_AT_bit_offset, &at)) { /* counted from the highest bit */
		if (number_of(die, DW_AT_byte_size, &size), at + bits <= 8 * size)
			m->shift = (unsigned)(8 * size - at - bits);
	}
	m->offset += m->shift / 8;
	m->shift %= 8;
}

/* A number, or as DWARF 2 has it: what is to be added to the address of the whole. */
static uint64_t member_offset(Dwarf_Die *die)
{
	Dwarf_Attribute attr;
	uint64_t offset = 0;
	Dwarf_Op *ops;
	size_t n;

	if (number_of(die, DW_AT_data_member_location, &offset))
		return offset;
	if (dwarf_attr_integrate(die, DW_AT_data_member_location, &attr) &&
	    dwarf_getlocation(&attr, &ops, &n) == 0 && n == 1 && ops[0].atom == DW_OP_plus_uconst)
		return ops[0].number;
	return 0;
}

static void add_member(struct entry *e, Dwarf_Die *die)
{
	struct type *t = &e->type;
	struct member m = {.name = dwarf_diename(die),
	                   .inherited = dwarf_tag(die) == DW_TAG_inheritance};
	const struct type *type = type_of(e->all, die);

	m.offset = member_offset(die);
	bit_field(&m, die, type->size);
	if (m.inherited)
		m.name = type->name;
	t->members = grow(t->members, t->nmembers + 1, sizeof *t->members);
	e->kids = grow(e->kids, t->nmembers + 1, sizeof *e->kids);
	e->kids[t->nmembers] = type;
	t->members[t->nmembers++] = m;
}

static void add_enumerator(struct type *t, Dwarf_Die *die)
{
	struct enumerator v = {.name = dwarf_diename(die)};

	if (!v.name || !signed_of(die, DW_AT_const_value, &v.value))
		return;
	t->values = grow(t->values, t->nvalues + 1, sizeof *t->values);
	t->values[t->nvalues++] = v;
}

/* Flags: several values, none negative, and each new bit comes alone. */
static bool are_flags(const struct type *t)
{
	uint64_t single = 0, seen = 0;
	size_t bits = 0;

	for (size_t i = 0; i < t->nvalues; i++) {
		uint64_t v = (uint64_t)t->values[i].value;

		if (t->values[i].value < 0)
			return false;
		seen |= v;
		if (v && !(v & (v - 1))) {
			single |= v;
			bits++;
		}
	}
	/* 0, 1, 2 alone are an ordinary enum. */
	return bits > 1 && single == seen && (single > 3 || t->nvalues < 3) &&
	       bits + 1 >= t->nvalues;
}

struct definition {
	const char *name;
	int tag;
	Dwarf_Die die;
	bool found;
};

static void look_in_unit(void *ctx, Dwarf *dwarf, Dwarf_Die *unit)
{
	struct definition *d = ctx;
	Dwarf_Die die;
	const char *name;

	(void)dwarf;
	if (d->found || dwarf_child(unit, &die) != 0)
		return;
	do {
		if (dwarf_tag(&die) != d->tag || has_flag(&die, DW_AT_declaration))
			continue;
		name = dwarf_diename(&die);
		if (name && strcmp(name, d->name) == 0) {
			d->die = die;
			d->found = true;
			return;
		}
	} while (dwarf_siblingof(&die, &die) == 0);
}

/* A struct that its unit only declares may be defined in another. */
static void find_definition(struct entry *e)
{
	const char *name = dwarf_diename(&e->die);
	struct definition d = {.name = name, .tag = dwarf_tag(&e->die)};
	uint64_t size;

	if (!name)
		return;
	lines_units(e->all->lines, look_in_unit, &d);
	if (!d.found)
		return;
	e->die = d.die;
	e->type.incomplete = false;
	if (number_of(&e->die, DW_AT_byte_size, &size))
		e->type.size = size;
}

void type_complete(const struct type *t)
{
	struct entry *e = entry_of(t);
	Dwarf_Die kid;

	if (e->complete || e->made)
		return;
	e->complete = true;
	if (t->kind == TYPE_STRUCT && t->incomplete)
		find_definition(e);
	if ((t->kind != TYPE_STRUCT && t->kind != TYPE_ENUM) || dwarf_child(&e->die, &kid) != 0)
		return;
	do
		switch (dwarf_tag(&kid)) {
		case DW_TAG_member:
			if (has_flag(&kid, DW_AT_external) || has_flag(&kid, DW_AT_declaration))
				break; /* C++'s static members are no part of the object */
			               /* fall through */
		case DW_TAG_inheritance:
			add_member(e, &kid);
			break;
		case DW_TAG_enumerator:
			add_enumerator(&e->type, &kid);
		}
	while (dwarf_siblingof(&kid, &kid) == 0);
	if (t->kind != TYPE_ENUM)
		return;
	e->type.is_flags = are_flags(&e->type);
	for (size_t i = 0; i < t->nvalues; i++)
		e->type.is_signed |= t->values[i].value < 0; /* older DWARF does not say it */
}

const struct type *type_member(const struct type *t, size_t index)
{
	return entry_of(t)->kids[index];
}
