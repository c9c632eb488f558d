/* SPDX-License-Identifier: MIT */
/*
 * Call sites in DWARF: what a call passes. Follows DWARF 5, 3.4, and the GNU extensions that became
 * it.
 */
#ifndef HOST_CALL_SITE_H
#define HOST_CALL_SITE_H

#include "program/dwarf_units.h"

/* All below a function's DIE, those of what was inlined into it, too; until `take` says false. */
typedef bool call_site_fn(void *ctx, Dwarf_Die *);
bool call_sites_each(Dwarf_Die *function, call_site_fn *take, void *ctx);
/* Does the function's DIE have all calls that are jumps, its last action? */
bool call_sites_complete(Dwarf_Die *function);
bool call_site_is_jump(Dwarf_Die *);
/* Where the call comes back to; of a jump, what is behind it. False: that is not told. */
bool call_site_return(Dwarf_Die *, uint64_t *pc);
/* The jump itself, where only that is told. */
bool call_site_place(Dwarf_Die *, uint64_t *pc);
/* The expression of where it goes, if a run decides that. */
bool call_site_target(Dwarf_Die *, Dwarf_Attribute *);
/* The name of the function that is called; NULL: that is not told. */
const char *call_site_name(Dwarf_Die *);
/* The expression that gives a register as it is passed. False: that is not told. */
bool call_site_passes(Dwarf_Die *, unsigned reg, Dwarf_Attribute *);

#endif
