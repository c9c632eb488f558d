/* SPDX-License-Identifier: MIT */
/*
 * Operations of fetch programs, written one behind the other: see fetch_code.h.
 */
#include "expr/fetch_code.h"

#include "expr/value.h"

enum { KEPT = 4 };

static void put(struct code *c, uint64_t byte)
{
	if (c->n < FETCH_PART)
		c->bytes[c->n] = (uint8_t)byte;
	c->n++;
}

bool code_refuse(struct code *c, const struct node *n, const char *why)
{
	return tree_problem(c->tree, n->at, n->length, "%s", why);
}

void code_op(struct code *c, enum fetch_op op)
{
	put(c, op);
}

void code_op1(struct code *c, enum fetch_op op, unsigned operand)
{
	put(c, op);
	put(c, operand);
}

enum fetch_op code_sized(enum fetch_op one, uint64_t size)
{
	return one + (size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3);
}

/* A word as the machine has it. */
static int64_t as_word(const struct code *c, uint64_t v)
{
	return c->isa->word == 4 ? (int64_t)(int32_t)v : (int64_t)v;
}

static unsigned bytes_of(int64_t v)
{
	return v == (int8_t)v ? 1 : v == (int16_t)v ? 2 : v == (int32_t)v ? 4 : 8;
}

static void number(struct code *c, enum fetch_op one, uint64_t v, unsigned bytes)
{
	code_op(c, code_sized(one, bytes));
	for (unsigned i = 0; i < bytes; i++)
		put(c, v >> 8 * i & 0xff);
}

void code_constant(struct code *c, uint64_t v)
{
	number(c, FETCH_CONST1, v, bytes_of(as_word(c, v)));
}

void code_add(struct code *c, uint64_t v)
{
	int64_t word = as_word(c, v);
	unsigned bytes = bytes_of(word);

	/* There is no addition of more: in two, or by a word that is kept. */
	if (word && bytes <= 2) {
		number(c, FETCH_ADD1, v, bytes);
	} else if (word) {
		code_op1(c, FETCH_KEEP, KEPT - 1);
		code_constant(c, v);
		code_op1(c, FETCH_ADD, KEPT - 1);
	}
}

bool code_keep(struct code *c, const struct node *n, unsigned *k)
{
	/* The last one is code_add()'s. */
	if (c->kept == KEPT - 1)
		return code_refuse(c, n, "too many values are under way at a time for the target");
	*k = c->kept++;
	code_op1(c, FETCH_KEEP, *k);
	return true;
}

void code_release(struct code *c)
{
	c->kept--;
}

unsigned code_jump(struct code *c, enum fetch_op op)
{
	code_op1(c, op, 0);
	return c->n - 1;
}

void code_land(struct code *c, unsigned jump)
{
	if (c->n <= FETCH_PART)
		c->bytes[jump] = (uint8_t)(c->n - jump - 1);
}

/* ---- constants ---- */

bool node_is_constant(const struct node *n)
{
	if (n->kind != NODE_INTEGER && n->kind != NODE_FLOAT && n->kind != NODE_UNARY &&
	    n->kind != NODE_BINARY && n->kind != NODE_CAST && n->kind != NODE_CHOICE)
		return false;
	for (unsigned i = 0; i < 3; i++)
		if (n->kid[i] && !node_is_constant(n->kid[i]))
			return false;
	return true;
}

bool code_is_constant(const struct code *c, const struct node *n, uint64_t *v)
{
	struct evaluation e = {.isa = c->isa, .types = c->types, .machine = {.word = c->isa->word}};
	struct value value;
	bool ok = node_is_constant(n) &&
	          (type_is_integer(n->type) || n->type->kind == TYPE_POINTER) &&
	          value_of(&e, n, &value) && value_read(&e, &value);

	if (ok)
		*v = (uint64_t)value_integer(&value);
	arena_free(&e.arena);
	return ok;
}

/* ---- types ---- */

/* Is every number of the one a number of the other? */
static bool holds(const struct type *to, const struct type *from)
{
	if (from->size == to->size)
		return from->is_signed == to->is_signed;
	return from->size < to->size && (!from->is_signed || to->is_signed);
}

void code_convert(struct code *c, const struct type *from, const struct type *to)
{
	if (to->kind == TYPE_BOOL && from->kind != TYPE_BOOL)
		code_op1(c, FETCH_NEC, 0);
	else if (to->size < c->isa->word && !holds(to, from))
		code_op(c, code_sized(to->is_signed ? FETCH_SEXT1 : FETCH_ZEXT1, to->size));
}

unsigned op_mirrored(unsigned op)
{
	switch (op) {
	case '<':
		return '>';
	case '>':
		return '<';
	case OP2('<', '='):
		return OP2('>', '=');
	case OP2('>', '='):
		return OP2('<', '=');
	default:
		return op;
	}
}

void code_compare_kept(struct code *c, unsigned op, bool is_signed, unsigned k)
{
	enum fetch_op less = is_signed ? FETCH_LTS : FETCH_LTU,
	              at_most = is_signed ? FETCH_LES : FETCH_LEU;

	switch (op) {
	case OP2('=', '='):
		code_op1(c, FETCH_EQ, k);
		return;
	case OP2('!', '='):
		code_op1(c, FETCH_NE, k);
		return;
	case '<':
		code_op1(c, less, k);
		return;
	case OP2('<', '='):
		code_op1(c, at_most, k);
		return;
	}
	code_op1(c, op == '>' ? at_most : less, k);
	code_op(c, FETCH_NOT);
}
