/* SPDX-License-Identifier: MIT */
/*
 * Functions that are within others, as DWARF tells.
 */
#ifndef HOST_INLINED_H
#define HOST_INLINED_H

#include "program/dwarf.h"

/* A place where a function was inlined: the address of its first instruction there. */
typedef void inlined_fn(void *ctx, uint64_t addr);
/* Every place where a function of that name was inlined. *where: "file.c:12", its definition;
   false: there is no such function. */
bool inlined_find(struct lines *, const char *name, char *where, size_t size, inlined_fn *,
                  void *ctx);

#endif
