/* SPDX-License-Identifier: MIT */
/*
 * Call sites: see call_site.h.
 */
#include "expr/call_site.h"

#include <dwarf.h>

enum { DEEPEST = 32 };

static bool each(Dwarf_Die *above, call_site_fn *take, void *ctx, unsigned depth)
{
	Dwarf_Die die;

	if (!depth || dwarf_child(above, &die) != 0)
		return true;
	do {
		switch (dwarf_tag(&die)) {
		case DW_TAG_call_site:
		case DW_TAG_GNU_call_site:
			if (!take(ctx, &die))
				return false;
			break;
		case DW_TAG_lexical_block:
		case DW_TAG_inlined_subroutine:
			if (!each(&die, take, ctx, depth - 1))
				return false;
			break;
		}
	} while (dwarf_siblingof(&die, &die) == 0);
	return true;
}

bool call_sites_each(Dwarf_Die *function, call_site_fn *take, void *ctx)
{
	return each(function, take, ctx, DEEPEST);
}

static bool flag(Dwarf_Die *die, unsigned attribute)
{
	Dwarf_Attribute attr;
	bool set;

	return dwarf_attr(die, attribute, &attr) && dwarf_formflag(&attr, &set) == 0 && set;
}

bool call_sites_complete(Dwarf_Die *function)
{
	return flag(function, DW_AT_call_all_calls) || flag(function, DW_AT_call_all_tail_calls) ||
	       flag(function, DW_AT_GNU_all_call_sites) ||
	       flag(function, DW_AT_GNU_all_tail_call_sites);
}

bool call_site_is_jump(Dwarf_Die *die)
{
	return flag(die, DW_AT_call_tail_call) || flag(die, DW_AT_GNU_tail_call);
}

static bool address(Dwarf_Die *die, unsigned attribute, uint64_t *pc)
{
	Dwarf_Attribute attr;
	Dwarf_Addr addr;

	if (!dwarf_attr(die, attribute, &attr) || dwarf_formaddr(&attr, &addr) != 0)
		return false;
	*pc = addr;
	return true;
}

bool call_site_return(Dwarf_Die *die, uint64_t *pc)
{
	return address(die, DW_AT_call_return_pc, pc) ||
	       (dwarf_tag(die) == DW_TAG_GNU_call_site && address(die, DW_AT_low_pc, pc));
}

bool call_site_place(Dwarf_Die *die, uint64_t *pc)
{
	return address(die, DW_AT_call_pc, pc);
}

/* An attribute under either name. */
static bool either(Dwarf_Die *die, unsigned now, unsigned before, Dwarf_Attribute *attr)
{
	return dwarf_attr(die, now, attr) || dwarf_attr(die, before, attr);
}

bool call_site_target(Dwarf_Die *die, Dwarf_Attribute *attr)
{
	return either(die, DW_AT_call_target, DW_AT_GNU_call_site_target, attr);
}

const char *call_site_name(Dwarf_Die *die)
{
	Dwarf_Attribute attr;
	Dwarf_Die origin;

	return either(die, DW_AT_call_origin, DW_AT_abstract_origin, &attr) &&
	                       dwarf_formref_die(&attr, &origin)
	               ? dwarf_diename(&origin)
	               : NULL;
}

/* Is a parameter's location that register, and nothing else? */
static bool is_in(Dwarf_Die *parameter, unsigned reg)
{
	Dwarf_Attribute attr;
	Dwarf_Op *ops;
	size_t n;

	if (!dwarf_attr(parameter, DW_AT_location, &attr) ||
	    dwarf_getlocation(&attr, &ops, &n) != 0 || n != 1)
		return false;
	return ops->atom == DW_OP_regx
	               ? ops->number == reg
	               : reg <= DW_OP_reg31 - DW_OP_reg0 && ops->atom == DW_OP_reg0 + reg;
}

bool call_site_passes(Dwarf_Die *die, unsigned reg, Dwarf_Attribute *value)
{
	Dwarf_Die parameter;

	if (dwarf_child(die, &parameter) != 0)
		return false;
	do {
		int tag = dwarf_tag(&parameter);

		if ((tag == DW_TAG_call_site_parameter || tag == DW_TAG_GNU_call_site_parameter) &&
		    is_in(&parameter, reg))
			return either(&parameter, DW_AT_call_value, DW_AT_GNU_call_site_value,
			              value);
	} while (dwarf_siblingof(&parameter, &parameter) == 0);
	return false;
}
