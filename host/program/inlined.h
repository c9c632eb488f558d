/* SPDX-License-Identifier: MIT */
/*
 * Functions that are within others, as DWARF tells.
 */
#ifndef HOST_INLINED_H
#define HOST_INLINED_H

#include "program/scopes.h"

enum { CALL_SIZE = 96 };

/* A place where a function was inlined. */
struct inlined {
	uint64_t addr; /* its first instruction there */
	struct function function;
	char call[CALL_SIZE]; /* the line that calls it, "file.c:12" */
};

typedef void inlined_fn(void *ctx, const struct inlined *);
/* Every place of the firmware's where a function of that name, as people write it, was inlined. */
void inlined_find(const struct elf *, const char *name, inlined_fn *, void *ctx);
/* Every place where any function was. */
void inlined_each(const struct elf *, inlined_fn *, void *ctx);

#endif
