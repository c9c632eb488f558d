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

/* Bytes to compare: with the NUL, if there is room for it. */
static unsigned bytes_of(const struct node *n)
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

bool value_compare_text(struct evaluation *e, const struct node *n, struct value *v)
{
	unsigned bytes = bytes_of(n);
	bool same = true;
	struct value of, at;

	if (!value_of(e, n->kid[0], &of))
		return false;
	for (unsigned i = 0; same && i < bytes; i++) {
		if (!value_element(e, &of, i, &at) || !value_read(e, &at))
			return false;
		same = *at.bytes == (uint8_t)n->kid[1]->name[i];
	}
	value_give(e, n->type, same == (n->op == OP2('=', '=')), v);
	return true;
}

/* The address is kept; acc is compared with what `size` bytes of the text are. */
static bool piece(struct code *c, const struct node *n, const char *text, unsigned size)
{
	uint64_t v = 0;
	unsigned k;

	for (unsigned i = size; i-- > 0;)
		v = v << 8 | (uint8_t)text[i];
	if (v <= INT8_MAX) {
		code_op1(c, FETCH_EQC, (unsigned)v);
		return true;
	}
	if (!code_keep(c, n, &k))
		return false;
	code_constant(c, v);
	code_op1(c, FETCH_EQ, k);
	code_release(c);
	return true;
}

bool code_compare_text(struct code *c, const struct node *n)
{
	unsigned bytes = bytes_of(n), ends[TEXT_LONGEST], nends = 0, k;

	if (!c->value(c, n->kid[0]) || !code_keep(c, n, &k))
		return false;
	for (unsigned at = 0, size; at < bytes; at += size) {
		size = bytes - at >= 4 ? 4 : bytes - at >= 2 ? 2 : 1;
		if (at) {
			ends[nends++] = code_jump(c, FETCH_JUMPZ);
			code_op1(c, FETCH_TAKE, k);
		}
		code_op1(c, code_sized(FETCH_LOAD1, size), at);
		if (!piece(c, n, n->kid[1]->name + at, size))
			return false;
	}
	while (nends)
		code_land(c, ends[--nends]);
	code_release(c);
	if (n->op == OP2('!', '='))
		code_op(c, FETCH_NOT);
	return true;
}
