/* SPDX-License-Identifier: MIT */
/*
 * What an address is within, as DWARF tells: a function, what was inlined there, and the blocks in
 * between. By hand, since dwarf_getscopes() forgets who called what was inlined, and fails on what
 * link-time optimisation made.
 */
#ifndef HOST_SCOPES_H
#define HOST_SCOPES_H

#include "program/dwarf_units.h"
#include "program/elf.h"

enum { SCOPES_MAX = 64 };

struct scopes {
	Dwarf_Die at[SCOPES_MAX]; /* the function first, the innermost last */
	unsigned n;
};

/* False: nothing is known of that address. */
bool scopes_at(const struct elf *, uint64_t addr, struct scopes *);
bool scope_is_function(Dwarf_Die *); /* or an inlined one; else a block */
/* A block of which only what is in it is known. */
bool scope_without_addresses(Dwarf_Die *);

/* A function as the source has it: all its copies have the same. */
struct function {
	const char *name;
	const char *linkage; /* as the linker has it, if that is another one; or NULL */
	const char *file;    /* where it is defined; NULL: DWARF does not tell */
	unsigned line;       /* likewise; 0 */
	const char *folder;  /* where its unit was compiled, which `file` may be from; or NULL */
};

void function_of(Dwarf_Die *, struct function *);
bool function_same(const struct function *, const struct function *);
/* Who called an inlined function: the line, "file.c:12"; "?" if DWARF does not tell. */
void scope_call(Dwarf_Die *, char *to, size_t size);
/* The file that a DIE's attribute names; NULL: none. */
const char *scope_file(Dwarf_Die *, unsigned attribute);

/*
 * Of what a unit has at an address where a linker puts what it threw away: does code there whose
 * first line is `line` belong to the firmware?
 */
bool scopes_is_linked(const struct elf *, Dwarf_Die *unit, uint64_t addr, unsigned line);

#endif
