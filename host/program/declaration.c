/* SPDX-License-Identifier: MIT */
/*
 * Writes types: see declaration.h. From the outside in: each type puts itself around what was
 * declared so far, as in `int (*check[4])(char)`.
 */
#include "program/declaration.h"

#include <dwarf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

enum { DEEPEST = 32 };

static char *declare(Dwarf_Die *type, char *inner, unsigned depth);

/* The type that a DIE names; false: void. */
static bool target_of(Dwarf_Die *die, Dwarf_Die *target)
{
	Dwarf_Attribute attr;

	return dwarf_attr_integrate(die, DW_AT_type, &attr) && dwarf_formref_die(&attr, target);
}

/* `inner` within a longer text, and freed. */
static char *wrap(const char *before, char *inner, const char *behind)
{
	char *longer = format_string("%s%s%s", before, inner, behind);

	free(inner);
	return longer;
}

static char *declare_target(Dwarf_Die *die, char *inner, unsigned depth)
{
	Dwarf_Die target;

	if (target_of(die, &target) && depth)
		return declare(&target, inner, depth - 1);
	return wrap(*inner ? "void " : "void", inner, "");
}

static bool is_c(Dwarf_Die *die)
{
	Dwarf_Die unit;

	if (!dwarf_diecu(die, &unit, NULL, NULL))
		return true;
	switch (dwarf_srclang(&unit)) {
	case DW_LANG_C:
	case DW_LANG_C89:
	case DW_LANG_C99:
	case DW_LANG_C11:
	case DW_LANG_Mips_Assembler:
		return true;
	default:
		return false;
	}
}

static const char *keyword(Dwarf_Die *type)
{
	switch (dwarf_tag(type)) {
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
		return "struct";
	case DW_TAG_union_type:
		return "union";
	case DW_TAG_enumeration_type:
		return "enum";
	default:
		return NULL;
	}
}

static char *declare_named(Dwarf_Die *type, char *inner)
{
	const char *name = dwarf_diename(type), *word = keyword(type);
	char *whole = word && (!name || is_c(type))
	                      ? format_string("%s %s", word, name ? name : "{…}")
	                      : copy_string(name ? name : "?");
	char *to = format_string("%s%s%s", whole, *inner ? " " : "", inner);

	free(whole);
	free(inner);
	return to;
}

static char *declare_pointer(Dwarf_Die *type, const char *sign, char *inner, unsigned depth)
{
	Dwarf_Die target;
	bool binds = target_of(type, &target) && (dwarf_tag(&target) == DW_TAG_array_type ||
	                                          dwarf_tag(&target) == DW_TAG_subroutine_type);
	char *pointer = wrap(sign, inner, "");

	if (binds)
		pointer = wrap("(", pointer, ")");
	return declare_target(type, pointer, depth);
}

/* const char * and char *const: behind the type that it is of if that is a pointer. */
static char *declare_qualified(Dwarf_Die *type, const char *word, char *inner, unsigned depth)
{
	Dwarf_Die target = *type;

	while (target_of(&target, &target))
		if (dwarf_tag(&target) != DW_TAG_const_type &&
		    dwarf_tag(&target) != DW_TAG_volatile_type)
			break;
	if (dwarf_tag(&target) == DW_TAG_pointer_type) {
		char *behind = format_string("%s%s%s", word, *inner ? " " : "", inner);

		free(inner);
		return declare_target(type, behind, depth);
	}
	return wrap(word, wrap(" ", declare_target(type, inner, depth), ""), "");
}

static void bound_of(Dwarf_Die *range, char *to, size_t size)
{
	Dwarf_Attribute attr;
	Dwarf_Word n;

	if (dwarf_attr_integrate(range, DW_AT_count, &attr) && dwarf_formudata(&attr, &n) == 0)
		snprintf(to, size, "[%llu]", (unsigned long long)n);
	else if (dwarf_attr_integrate(range, DW_AT_upper_bound, &attr) &&
	         dwarf_formudata(&attr, &n) == 0)
		snprintf(to, size, "[%llu]", (unsigned long long)n + 1);
	else
		snprintf(to, size, "[]");
}

static char *declare_array(Dwarf_Die *type, char *inner, unsigned depth)
{
	Dwarf_Die range;
	char bound[32];

	if (dwarf_child(type, &range) == 0)
		do {
			if (dwarf_tag(&range) != DW_TAG_subrange_type)
				continue;
			bound_of(&range, bound, sizeof bound);
			inner = wrap("", inner, bound);
		} while (dwarf_siblingof(&range, &range) == 0);
	return declare_target(type, inner, depth);
}

static char *declare_function(Dwarf_Die *type, char *inner, unsigned depth)
{
	char *arguments = copy_string("");
	Dwarf_Die argument;

	if (dwarf_child(type, &argument) == 0)
		do {
			int tag = dwarf_tag(&argument);
			char *its, *longer;

			if (tag != DW_TAG_formal_parameter && tag != DW_TAG_unspecified_parameters)
				continue;
			its = tag == DW_TAG_unspecified_parameters
			              ? copy_string("...")
			              : declare_target(&argument, copy_string(""), depth);
			longer = format_string("%s%s%s", arguments, *arguments ? ", " : "", its);
			free(arguments);
			free(its);
			arguments = longer;
		} while (dwarf_siblingof(&argument, &argument) == 0);
	inner = wrap("", inner, "(");
	inner = wrap("", inner, *arguments ? arguments : "void");
	free(arguments);
	return declare_target(type, wrap("", inner, ")"), depth);
}

static char *declare(Dwarf_Die *type, char *inner, unsigned depth)
{
	switch (dwarf_tag(type)) {
	case DW_TAG_pointer_type:
		return declare_pointer(type, "*", inner, depth);
	case DW_TAG_reference_type:
		return declare_pointer(type, "&", inner, depth);
	case DW_TAG_rvalue_reference_type:
		return declare_pointer(type, "&&", inner, depth);
	case DW_TAG_const_type:
		return declare_qualified(type, "const", inner, depth);
	case DW_TAG_volatile_type:
		return declare_qualified(type, "volatile", inner, depth);
	case DW_TAG_restrict_type:
		return declare_qualified(type, "restrict", inner, depth);
	case DW_TAG_atomic_type:
		return declare_qualified(type, "_Atomic", inner, depth);
	case DW_TAG_array_type:
		return declare_array(type, inner, depth);
	case DW_TAG_subroutine_type:
		return declare_function(type, inner, depth);
	case DW_TAG_ptr_to_member_type:
		return declare_pointer(type, "::*", inner, depth);
	default:
		return declare_named(type, inner);
	}
}

char *declaration_of_type(Dwarf_Die *type)
{
	return declare(type, copy_string(""), DEEPEST);
}

char *declaration_of(Dwarf_Die *die)
{
	return declare_target(die, copy_string(""), DEEPEST);
}
