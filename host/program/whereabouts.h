/* SPDX-License-Identifier: MIT */
/*
 * Where a variable is, as DWARF tells, in words: a register, memory, pieces of both, a value that
 * is computed, or nowhere.
 */
#ifndef HOST_WHEREABOUTS_H
#define HOST_WHEREABOUTS_H

#include "program/scopes.h"

enum whereabouts_kind {
	WHERE_HERE,      /* it is where the text says */
	WHERE_ELSEWHERE, /* not at this address, but at others */
	WHERE_ENTRY,     /* only by a value at the function's entry, which nobody kept */
	WHERE_NOWHERE,   /* optimised out */
	WHERE_UNKNOWN,   /* the text says why this cannot be told */
};

struct whereabouts {
	enum whereabouts_kind kind;
	char *text; /* to be freed; may be NULL */
};

/* A stretch of addresses at which it is somewhere. */
struct where_range {
	uint64_t start, end;
	char *text;
};

struct where_ranges {
	struct where_range *at;
	size_t n;
};

/* Of a variable, or of what else has a location, at an address within these scopes. */
void whereabouts_at(const struct elf *, const struct scopes *, Dwarf_Die *, uint64_t addr,
                    struct whereabouts *);
/* The stretches at which it is somewhere, in order of address. */
void where_ranges_of(const struct elf *, const struct scopes *, Dwarf_Die *, struct where_ranges *);
void where_ranges_free(struct where_ranges *);

#endif
