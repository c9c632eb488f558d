/* SPDX-License-Identifier: MIT */
/*
 * From a tree of names to a tree of types: what each name means at its place, and whether the
 * operators fit. Follows the C standard (C11), 6.3 (conversions) and 6.5.
 */
#ifndef HOST_RESOLVE_H
#define HOST_RESOLVE_H

#include "expr/scope.h"
#include "expr/tree.h"
#include "isa.h"

/* What else an expression may name at its place. */
struct surroundings {
	const struct scope *scope;
	const struct tl_isa *isa;
	bool registers; /* %r0 has a meaning */
	/* Values at the function's entry can be had, from the stack. If not, what would give them,
	   "with --stack "; NULL: nothing would. */
	bool entry;
	const char *entry_way;
	/* The type of $NAME; NULL: there is no such thing, and *why may say why. May be NULL. */
	const struct type *(*special)(void *ctx, const char *name, const char **why);
	void *ctx;
};

/* Parses and resolves. Never NULL; `root` is NULL if it cannot be, and `problem` says why. */
struct tree *expr_make(const char *text, const struct surroundings *);

#endif
