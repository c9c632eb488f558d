/* SPDX-License-Identifier: MIT */
/*
 * What the files that resolve a tree share: resolve.c names and places, arithmetic.c operators.
 */
#ifndef HOST_RESOLVE_PARTS_H
#define HOST_RESOLVE_PARTS_H

#include "expr/resolve.h"

struct resolver {
	struct tree *tree;
	const struct surroundings *s;
	struct types *types;
	unsigned looked_at; /* members, on the way to one: damaged types hold themselves */
	unsigned in_sizeof; /* operands of it need no value */
};

/* The problem: `what`, and the type in quotes behind it. Returns false. */
bool resolve_wrong(struct resolver *, const struct node *, const char *what, const struct type *);

static inline const struct type *resolve_word(const struct resolver *r, bool is_signed)
{
	return type_integer(r->types, r->s->isa->word, is_signed);
}

/* Of a variable that was found: true if it has a value there, or a part of it may, else the problem
   says why not. */
bool resolve_nowhere(struct resolver *, struct node *);
/* What of a variable is asked for is known: has that a value? */
bool resolve_part(struct resolver *, struct node *);
/* NAME@entry becomes a variable. */
bool resolve_as_passed(struct resolver *, struct node *);

/* Nodes whose operands are resolved. */
bool resolve_unary(struct resolver *, struct node *);
bool resolve_binary(struct resolver *, struct node *);
bool resolve_choice(struct resolver *, struct node *);

#endif
