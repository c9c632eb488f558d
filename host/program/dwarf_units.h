/* SPDX-License-Identifier: MIT */
/*
 * The units of all the files' DWARF, for those who walk their DIEs. With scopes.h and its like this
 * is one of the headers that have types of libdw.
 */
#ifndef HOST_DWARF_UNITS_H
#define HOST_DWARF_UNITS_H

#include <elfutils/libdw.h>

#include "program/dwarf.h"

typedef void unit_fn(void *ctx, Dwarf *, Dwarf_Die *unit);
/* Every unit of every file; for its DIEs, those of a .dwo file if it was split off. */
void lines_units(struct lines *, unit_fn *, void *ctx);
/* Every unit of every file, for its table of lines: what is in the linked file of it. */
void lines_tables(struct lines *, unit_fn *, void *ctx);
/* The units that claim an address, the nearest first, for their DIEs; until `take` says false. */
typedef bool unit_at_fn(void *ctx, Dwarf *, Dwarf_Die *unit);
void lines_units_at(struct lines *, uint64_t addr, unit_at_fn *, void *ctx);
/* The .dwo file of the unit around an address that is not there; NULL: nothing is missing. */
const char *lines_missing_at(struct lines *, uint64_t addr);
/* How to unwind from an address: a row of .debug_frame or .eh_frame. */
struct unwind {
	Dwarf_Frame *frame;
	Dwarf_CFI *own; /* NULL: it is its Dwarf's */
};
bool lines_unwind(struct lines *, uint64_t addr,
                  struct unwind *); /* false: nothing tells for sure */
void lines_unwind_end(struct unwind *);
/* "file.c:12" of a path and a number; false: there is none. */
bool line_name(const char *file, int number, char *to, size_t size);

#endif
