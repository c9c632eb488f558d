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

#endif
