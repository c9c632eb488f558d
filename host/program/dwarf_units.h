/* SPDX-License-Identifier: MIT */
/*
 * The units of all the files' DWARF, for those who walk their DIEs: the one header that has types
 * of libdw.
 */
#ifndef HOST_DWARF_UNITS_H
#define HOST_DWARF_UNITS_H

#include <elfutils/libdw.h>

#include "program/dwarf.h"

typedef void unit_fn(void *ctx, Dwarf *, Dwarf_Die *unit);
/* Every unit of every file. */
void lines_units(struct lines *, unit_fn *, void *ctx);
/* "file.c:12" of a path and a number; false: there is none. */
bool line_name(const char *file, int number, char *to, size_t size);

#endif
