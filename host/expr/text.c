/* SPDX-License-Identifier: MIT */
/*
 * Comparisons with a text: see text.h.
 */
#include "expr/text.h"

static bool is_characters(const struct type *t)
{
	const struct type *of = type_is_place(t) ? type_target(t) : t;

	return of != t && of->size == 1 && (of->kind == TYPE_CHAR || of->kind == TYPE_INTEGER);
}

unsigned text_bytes(const struct node *n)
{
	unsigned length = (unsigned)n->kid[1]->integer;
	const struct type *t = n->kid[0]->type;

	return t->kind == TYPE_ARRAY && t->size == length ? length : length + 1;
}

bool resolve_text(struct resolver *r, struct node *n)
{
	struct node *text = n->kid[n->kid[1]->kind == NODE_TEXT ? 1 : 0];
	struct node *other = n->kid[n->kid[1]->kind == NODE_TEXT ? 0 : 1];

	if ((n->op != OP2('=', '=') && n->op != OP2('!', '=')) || other->kind == NODE_TEXT)
		return tree_problem(r->tree, text->at, text->length,
		                    "a text is compared with a variable, by == or !=");
	if (!is_characters(other->type))
		return resolve_wrong(r, other, "a text is compared with characters, not with",
		                     other->type);
	if (text->integer > TEXT_LONGEST)
		return tree_problem(r->tree, text->at, text->length,
		                    "it is longer than the %d bytes that are compared",
		                    TEXT_LONGEST);
	if (other->type->kind == TYPE_ARRAY && text->integer > other->type->size)
		return tree_problem(r->tree, text->at, text->length,
		                    "it has %llu bytes, and what it is compared with has %llu",
		                    (unsigned long long)text->integer,
		                    (unsigned long long)other->type->size);
	n->kid[0] = other;
	n->kid[1] = text;
	n->type = type_integer(r->types, 4, true);
	return true;
}
