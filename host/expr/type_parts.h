/* SPDX-License-Identifier: MIT */
/*
 * What type_*.c share, and nobody else needs.
 */
#ifndef HOST_TYPE_PARTS_H
#define HOST_TYPE_PARTS_H

#include "expr/type_dwarf.h"

/* A type with where it comes from. */
struct entry {
	struct type type; /* first: one is cast to the other */
	struct types *all;
	Dwarf_Die die;            /* without typedefs and qualifiers */
	bool made;                /* by an expression: there is no DIE */
	const struct type *to;    /* what it leads to, once that was asked for */
	const struct type **kids; /* types of members, likewise */
	unsigned dimension;       /* of an array: which of its DIE's ranges this one is */
	bool complete;
	struct entry *next; /* in its place of the map */
	const void *key;    /* where the DIE is in memory: no other is there */
	struct entry *made_next;
};

enum { MAP = 4096 };

struct types {
	struct lines *lines;
	unsigned word;
	struct entry *map[MAP];
	struct entry *made;
	unsigned nested; /* arrays whose size is being worked out */
	struct entry nothing, unknown;
};

/* The type that a DIE is, or of an array's later dimensions. */
const struct type *type_at(struct types *, Dwarf_Die *, unsigned dimension);

#endif
