/* SPDX-License-Identifier: MIT */
/*
 * Types as C and C++ write them.
 */
#ifndef HOST_DECLARATION_H
#define HOST_DECLARATION_H

#include <elfutils/libdw.h>

/* The type of a variable, or of what else has DW_AT_type; `void` where there is none. To be
 * freed. */
char *declaration_of(Dwarf_Die *);
/* Of a type's own DIE. To be freed. */
char *declaration_of_type(Dwarf_Die *);

#endif
