/* SPDX-License-Identifier: MIT */
/*
 * Functions that are within others, as DWARF tells.
 */
#ifndef HOST_INLINED_H
#define HOST_INLINED_H

#include "program/elf.h"

enum { CALL_SIZE = 96 };

/* A place where a function was inlined. */
struct inlined {
	uint64_t addr;        /* its first instruction there */
	const char *name;     /* of the function, as its DIE has it */
	const char *file;     /* where the function is defined; NULL: DWARF does not tell */
	unsigned line;        /* likewise; 0 */
	char call[CALL_SIZE]; /* the line that calls it, "file.c:12" */
};

typedef void inlined_fn(void *ctx, const struct inlined *);
/* Every place of the firmware's where a function of that name, as people write it, was inlined. */
void inlined_find(const struct elf *, const char *name, inlined_fn *, void *ctx);

#endif
