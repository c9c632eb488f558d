/* SPDX-License-Identifier: MIT */
/*
 * Variables of the firmware's that are a structure of a known name, from DWARF: where a member of
 * each lies.
 */
#ifndef HOST_POINTERS_H
#define HOST_POINTERS_H

#include <stdint.h>

struct lines;

typedef void pointer_fn(void *ctx, uint64_t addr);
/* Calls `found` with the address of the member in every variable of that type with static
   storage. */
void pointers_find(struct lines *, const char *structure, const char *member, pointer_fn *found,
                   void *ctx);

#endif
