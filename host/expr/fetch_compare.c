/* SPDX-License-Identifier: MIT */
/*
 * Comparisons in fetch programs, by C's rules of which type both sides have. See fetch_code.h.
 */
#include "expr/fetch_code.h"
#include "expr/text.h"

/* What C makes of both before it compares them. */
static struct type common(const struct type *a, const struct type *b, unsigned word)
{
	struct type x = *a, y = *b;

	for (struct type *t = &x; t; t = t == &x ? &y : NULL) {
		if (type_is_place(t))
			*t = (struct type){.size = word};
		else if (t->size < 4)
			*t = (struct type){.size = 4, .is_signed = true};
		t->kind = TYPE_INTEGER;
	}
	if (x.size == y.size)
		x.is_signed = x.is_signed && y.is_signed;
	return x.size < y.size ? y : x;
}

static bool side(struct code *c, const struct node *n, const struct type *as)
{
	struct type array = {.kind = TYPE_POINTER, .size = c->isa->word};

	if (!c->value(c, n))
		return false;
	code_convert(c, n->type->kind == TYPE_ARRAY ? &array : n->type, as);
	return true;
}

/* A number as that type has it. */
static int64_t as_type(const struct type *t, uint64_t v)
{
	return t->size != 4   ? (int64_t)v
	       : t->is_signed ? (int64_t)(int32_t)v
	                      : (int64_t)(uint32_t)v;
}

/* With a number on the right, if there is an operation for it: acc is one side already. */
static bool with_number(struct code *c, unsigned op, const struct type *t, int64_t v)
{
	bool is_signed = t->is_signed;

	/* There is no "at most" and no "at least": by the next number. */
	if (op == OP2('<', '=') || op == OP2('>', '=')) {
		bool up = op == OP2('<', '=');

		if (up ? v == (is_signed ? INT64_MAX : -1) : v == (is_signed ? INT64_MIN : 0))
			return false;
		v += up ? 1 : -1;
		op = up ? '<' : '>';
	}
	if (v != (int8_t)v || (!is_signed && v < 0))
		return false;
	code_op1(c,
	         op == OP2('=', '=')   ? FETCH_EQC
	         : op == OP2('!', '=') ? FETCH_NEC
	         : op == '<'           ? (is_signed ? FETCH_LTSC : FETCH_LTUC)
	                               : (is_signed ? FETCH_GTSC : FETCH_GTUC),
	         (uint8_t)v);
	return true;
}

/* A long number that is one of the other side's as well needs no more bits than that side has. */
static bool shorten(const struct code *c, const struct node *a, const struct node *b,
                    struct type *t)
{
	bool is_signed = a->type->size < 4 || a->type->is_signed;
	uint64_t v;

	if (type_is_place(a->type) || a->type->size > 4 || !code_is_constant(c, b, &v) ||
	    (is_signed ? (int64_t)v != (int32_t)v : v != (uint32_t)v))
		return false;
	*t = (struct type){.kind = TYPE_INTEGER, .size = 4, .is_signed = is_signed};
	return true;
}

bool code_compare(struct code *c, const struct node *n)
{
	const struct node *a = n->kid[0], *b = n->kid[1];
	struct type t = common(a->type, b->type, c->isa->word);
	unsigned op = n->op, k;
	uint64_t v;

	if (a->type->kind == TYPE_FLOAT || b->type->kind == TYPE_FLOAT)
		return code_compare_float(c, n);
	if (code_is_constant(c, a, &v)) {
		a = n->kid[1];
		b = n->kid[0];
		op = op_mirrored(op);
	}
	if (t.size > c->isa->word && !shorten(c, a, b, &t))
		return code_compare_long(c, n, t.is_signed);
	if (!side(c, a, &t))
		return false;
	if (code_is_constant(c, b, &v) && with_number(c, op, &t, as_type(&t, v)))
		return true;
	if (!code_keep(c, n, &k) || !side(c, b, &t))
		return false;
	code_compare_kept(c, op, t.is_signed, k);
	code_release(c);
	return true;
}

/* ---- texts ---- */

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
	unsigned bytes = text_bytes(n), ends[TEXT_LONGEST], nends = 0, k;

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
