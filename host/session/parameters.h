/* SPDX-License-Identifier: MIT */
/*
 * Parameters of the function around a point, where they are there. At its first instruction that is
 * where the calling convention has them, whatever DWARF says of where the function will put them.
 */
#ifndef HOST_PARAMETERS_H
#define HOST_PARAMETERS_H

#include "expr/passed.h"
#include "expr/tree.h"
#include "program/spec.h"

struct parameter {
	const char *name;
	struct variable variable;
	const char *why; /* why it is nowhere; NULL: it is where the variable's location says */
};

struct parameters {
	struct parameter *at;
	size_t n;
	bool entry;                 /* the point is at the function's first instruction */
	const struct type *returns; /* NULL: nothing is known of the function */
	struct passing passing;
	bool by_entry;
};

/* `entry`: values at the function's entry can be had. */
void parameters_of(struct parameters *, const struct scope *, const struct tl_isa *, bool entry);
void parameters_free(struct parameters *);
/* The value of one, as a tree; NULL: it has none. */
struct tree *parameter_tree(const struct parameter *);
/* Variables of a tree that are parameters become these. False, and the tree's problem says it: one
   is not there yet. */
bool parameters_put(const struct parameters *, const struct scope *, struct tree *);

#endif
