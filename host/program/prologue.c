/* SPDX-License-Identifier: MIT */
/*
 * Prologues of code that was not optimised: see prologue.h.
 */
#include "program/prologue.h"

#include <ctype.h>
#include <dwarf.h>
#include <string.h>

#include "program/rows.h"

/* GCC tells of its options who made the unit, the last -O of which counts. Clang does not, but it
   marks a function all of whose calls are described, which it does not do where it optimises
   nothing. */
static bool is_optimised(Dwarf_Die *function)
{
	Dwarf_Attribute attr;
	Dwarf_Die unit;
	const char *made =
	        dwarf_diecu(function, &unit, NULL, NULL) && dwarf_attr(&unit, DW_AT_producer, &attr)
	                ? dwarf_formstring(&attr)
	                : NULL;
	bool optimised = false;

	if (!made)
		return true;
	if (strstr(made, "clang"))
		return dwarf_hasattr_integrate(function, DW_AT_call_all_calls) ||
		       dwarf_hasattr_integrate(function, DW_AT_GNU_all_call_sites);
	for (const char *o = made; (o = strstr(o, " -O")); o += 3)
		optimised = o[3] != '0';
	return optimised;
}

/* One place in the frame, said of the whole function; in the part of it that the caller has
   written, if that can be seen. */
static bool is_stored(Dwarf_Die *function, Dwarf_Die *parameter)
{
	Dwarf_Attribute attr, base;
	Dwarf_Op *ops, *of;
	Dwarf_Block block;
	size_t n, m;

	if (!dwarf_attr_integrate(parameter, DW_AT_location, &attr) ||
	    dwarf_formblock(&attr, &block) != 0 || dwarf_getlocation(&attr, &ops, &n) != 0 || !n)
		return false;
	if (ops->atom != DW_OP_fbreg)
		return (ops->atom >= DW_OP_breg0 && ops->atom <= DW_OP_breg31) ||
		       ops->atom == DW_OP_bregx;
	return (int64_t)ops->number < 0 ||
	       !dwarf_attr_integrate(function, DW_AT_frame_base, &base) ||
	       dwarf_getlocation(&base, &of, &m) != 0 || m != 1 || of->atom != DW_OP_call_frame_cfa;
}

uint64_t parameter_settles(const struct elf *elf, Dwarf_Die *function, Dwarf_Die *parameter,
                           uint64_t addr)
{
	Dwarf_Addr start, end;
	uint64_t settled;

	if (dwarf_lowpc(function, &start) != 0 || dwarf_highpc(function, &end) != 0 ||
	    is_optimised(function) || !is_stored(function, parameter) ||
	    !rows_prologue_end(elf, start, end, &settled))
		return 0;
	return addr < settled ? settled : 0;
}

uint64_t parameters_settle(const struct elf *elf, const struct scopes *scopes, uint64_t addr,
                           const char **name)
{
	Dwarf_Die function = scopes->at[0], die;
	uint64_t all = 0;

	if (dwarf_child(&function, &die) != 0)
		return 0;
	do {
		uint64_t one = dwarf_tag(&die) == DW_TAG_formal_parameter
		                       ? parameter_settles(elf, &function, &die, addr)
		                       : 0;

		if (one && !all)
			*name = dwarf_diename(&die);
		all = one > all ? one : all;
	} while (dwarf_siblingof(&die, &die) == 0);
	return all;
}
