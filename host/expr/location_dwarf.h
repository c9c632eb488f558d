/* SPDX-License-Identifier: MIT */
/*
 * Locations by their DIEs: for those who have some of libdw's in their hands.
 */
#ifndef HOST_LOCATION_DWARF_H
#define HOST_LOCATION_DWARF_H

#include "expr/location.h"
#include "program/dwarf_units.h"

/* Of a variable or parameter at `pc`, in `function` (NULL: none is around it). */
void location_of(Dwarf_Die *variable, Dwarf_Die *function, uint64_t pc, struct location *);
/* An expression that gives a value, as the operations of one piece; *l is to be freed. False: it
   cannot be worked out. */
bool location_value_of(Dwarf_Attribute *, Dwarf_Die *function, uint64_t pc, struct location *l);

#endif
