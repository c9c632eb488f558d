/* SPDX-License-Identifier: MIT */
/*
 * Types by their DIEs: for those who have some of libdw's in their hands.
 */
#ifndef HOST_TYPE_DWARF_H
#define HOST_TYPE_DWARF_H

#include "expr/type.h"
#include "program/dwarf_units.h"

/* What the DIE's DW_AT_type leads to; void if it has none. */
const struct type *type_of(struct types *, Dwarf_Die *die);
/* The type that the DIE itself is. */
const struct type *type_of_die(struct types *, Dwarf_Die *die);
/* To the unit of its own that a type is in (-fdebug-types-section), from where it is named only. */
void type_follow(Dwarf_Die *die);
/* The units that the types are of. */
struct lines *types_lines(const struct types *);

#endif
