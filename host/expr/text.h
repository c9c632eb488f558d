/* SPDX-License-Identifier: MIT */
/*
 * Comparisons with a text: name == "worker". C compares addresses there; what is meant is what
 * stands at them. The other side is an array of characters, or leads to some. It is equal if it has
 * these bytes and then a NUL, or is an array that they fill.
 */
#ifndef HOST_TEXT_H
#define HOST_TEXT_H

#include "expr/resolve_parts.h"

enum { TEXT_LONGEST = 64 }; /* bytes that a hit compares */

static inline bool node_compares_text(const struct node *n)
{
	return n->kind == NODE_BINARY && n->kid[1]->kind == NODE_TEXT;
}

/* A comparison, one of whose sides is a text: the text comes to stand on the right. */
bool resolve_text(struct resolver *, struct node *);
/* Of such a comparison: bytes to compare, with the NUL, if there is room for it. */
unsigned text_bytes(const struct node *);

#endif
