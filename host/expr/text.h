/* SPDX-License-Identifier: MIT */
/*
 * Comparisons with a text: name == "worker". C compares addresses there; what is meant is what
 * stands at them. The other side is an array of characters, or leads to some. It is equal if it has
 * these bytes and then a NUL, or is an array that they fill. The text stands on the right, once the
 * tree is resolved.
 */
#ifndef HOST_TEXT_H
#define HOST_TEXT_H

#include "expr/tree.h"

enum { TEXT_LONGEST = 64 }; /* bytes that a hit compares */

static inline bool node_compares_text(const struct node *n)
{
	return n->kind == NODE_BINARY && n->kid[1]->kind == NODE_TEXT;
}

/* Of such a comparison, once it is resolved: bytes to compare, with the NUL, if there is room for
 * it. */
static inline unsigned text_bytes(const struct node *n)
{
	unsigned length = (unsigned)n->kid[1]->integer;
	const struct type *t = n->kid[0]->type;

	return t->kind == TYPE_ARRAY && t->size == length ? length : length + 1;
}

#endif
