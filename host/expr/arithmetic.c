/* SPDX-License-Identifier: MIT */
/*
 * Operators of a tree: whether they fit their operands, and of which type the result is. Follows
 * the C standard (C11), 6.3.1 and 6.5.3 to 6.5.15. See resolve.h.
 */
#include "expr/resolve_parts.h"
#include "expr/text.h"

bool resolve_wrong(struct resolver *r, const struct node *n, const char *what,
                   const struct type *type)
{
	char name[128];

	type_write(type, name, sizeof name);
	return tree_problem(r->tree, n->at, n->length, "%s '%s'", what, name);
}

static const struct type *promoted(const struct resolver *r, const struct type *t)
{
	if (t->size < 4 || (t->size == 4 && t->kind != TYPE_INTEGER))
		return type_integer(r->types, 4, t->size < 4 || t->is_signed);
	return t;
}

/* The usual arithmetic conversions. */
static const struct type *common(const struct resolver *r, const struct type *a,
                                 const struct type *b)
{
	if (a->kind == TYPE_FLOAT || b->kind == TYPE_FLOAT) {
		bool wide = (a->kind == TYPE_FLOAT && a->size == 8) ||
		            (b->kind == TYPE_FLOAT && b->size == 8);

		return type_float(r->types, wide ? 8 : 4);
	}
	a = promoted(r, a);
	b = promoted(r, b);
	if (a->size != b->size)
		return type_integer(r->types, (unsigned)(a->size > b->size ? a : b)->size,
		                    (a->size > b->size ? a : b)->is_signed);
	return type_integer(r->types, (unsigned)a->size, a->is_signed && b->is_signed);
}

bool resolve_unary(struct resolver *r, struct node *n)
{
	const struct type *t = n->kid[0]->type;

	if (n->op == '!') {
		if (!type_is_scalar(t) && t->kind != TYPE_ARRAY)
			return resolve_wrong(r, n, "'!' is of a number or a pointer, not of", t);
		n->type = type_integer(r->types, 4, true);
		return true;
	}
	if (!type_is_number(t) || (n->op == '~' && t->kind == TYPE_FLOAT))
		return resolve_wrong(r, n, "this operator is of a number, not of", t);
	n->type = t->kind == TYPE_FLOAT ? t : promoted(r, t);
	return true;
}

static bool is_logic(unsigned op)
{
	return op == OP2('&', '&') || op == OP2('|', '|');
}

static bool integers_only(unsigned op)
{
	return op == '%' || op == '&' || op == '|' || op == '^' || op == OP2('<', '<') ||
	       op == OP2('>', '>');
}

/* Pointers: plus and minus an integer, and the distance of two. */
static bool pointer_arithmetic(struct resolver *r, struct node *n)
{
	const struct type *a = n->kid[0]->type, *b = n->kid[1]->type;
	const struct type *place = type_is_place(a) ? a : b;

	if (n->op == '-' && type_is_place(a) && type_is_place(b))
		n->type = resolve_word(r, true);
	else if ((n->op == '+' && (type_is_integer(a) || type_is_integer(b))) ||
	         (n->op == '-' && type_is_integer(b)))
		n->type = type_pointer_to(r->types, type_target(place));
	else
		return resolve_wrong(r, n, "this operator is not of", place);
	if (type_target(place)->kind == TYPE_STRUCT)
		type_complete(type_target(place));
	return true;
}

static bool is_characters(const struct type *t)
{
	const struct type *of = type_is_place(t) ? type_target(t) : t;

	return of != t && of->size == 1 && (of->kind == TYPE_CHAR || of->kind == TYPE_INTEGER);
}

/* The text comes to stand on the right. */
static bool with_text(struct resolver *r, struct node *n)
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

bool resolve_binary(struct resolver *r, struct node *n)
{
	const struct type *a = n->kid[0]->type, *b = n->kid[1]->type;
	bool places = type_is_place(a) || type_is_place(b);

	if (n->kid[0]->kind == NODE_TEXT || n->kid[1]->kind == NODE_TEXT)
		return with_text(r, n);
	for (unsigned i = 0; i < 2; i++)
		if (!type_is_scalar(n->kid[i]->type) && !type_is_place(n->kid[i]->type))
			return resolve_wrong(r, n,
			                     "this operator is of numbers and pointers, not of",
			                     n->kid[i]->type);
	if (is_logic(n->op) || op_is_comparison(n->op)) {
		if (places && (a->kind == TYPE_FLOAT || b->kind == TYPE_FLOAT))
			return tree_problem(r->tree, n->at, n->length,
			                    "a float is not compared with a pointer");
		n->type = type_integer(r->types, 4, true);
		return true;
	}
	if (places)
		return pointer_arithmetic(r, n);
	if (integers_only(n->op) && (a->kind == TYPE_FLOAT || b->kind == TYPE_FLOAT))
		return resolve_wrong(r, n, "this operator is of integers, not of",
		                     a->kind == TYPE_FLOAT ? a : b);
	n->type =
	        n->op == OP2('<', '<') || n->op == OP2('>', '>') ? promoted(r, a) : common(r, a, b);
	return true;
}

bool resolve_choice(struct resolver *r, struct node *n)
{
	const struct type *a = n->kid[1]->type, *b = n->kid[2]->type;

	if (!type_is_scalar(n->kid[0]->type) && !type_is_place(n->kid[0]->type))
		return resolve_wrong(r, n->kid[0], "a condition is a number or a pointer, not",
		                     n->kid[0]->type);
	if (type_is_number(a) && type_is_number(b))
		n->type = a == b ? a : common(r, a, b);
	else if (a->kind == b->kind)
		n->type = a;
	else
		return resolve_wrong(r, n, "both sides of ':' must be of one kind, and one is", a);
	return true;
}
