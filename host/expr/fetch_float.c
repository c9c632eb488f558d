/* SPDX-License-Identifier: MIT */
/*
 * Floats in fetch programs: compared with numbers, as integers that are in the same order. See
 * fetch_code.h.
 *
 * IEEE 754 has floats in the order of their bits, the negative ones backwards. With those turned
 * round, a float's *key* is a signed integer, and each comparison asks whether the key is in a
 * range. What is no number is in none. There are two zeros: of the keys -1 and 0.
 */
#include <string.h>

#include "expr/fetch_code.h"
#include "expr/fetch_register.h"
#include "expr/value.h"

struct range {
	int64_t from, to; /* empty if from > to */
};

static int64_t key_of(double real, unsigned bytes)
{
	float single = (float)real;
	int64_t wide;
	int32_t bits;

	if (bytes == 4) {
		memcpy(&bits, &single, sizeof bits);
		return bits < 0 ? bits ^ INT32_MAX : bits;
	}
	memcpy(&wide, &real, sizeof wide);
	return wide < 0 ? wide ^ INT64_MAX : wide;
}

static bool real_constant(const struct code *c, const struct node *n, double *real)
{
	struct evaluation e = {.isa = c->isa, .types = c->types, .machine = {.word = c->isa->word}};
	struct value v;
	bool ok = type_is_number(n->type) && node_is_constant(n) && value_of(&e, n, &v) &&
	          value_read(&e, &v);

	if (ok)
		*real = value_real(&v);
	arena_free(&e.arena);
	return ok;
}

/* Keys of the floats that are equal to a number: none, one, or both zeros; then `from` is behind
   those that are less, and `to` before those that are greater, all the same. */
static struct range equal_to(double number, unsigned bytes)
{
	double near = bytes == 4 ? (double)(float)number : number;
	int64_t key = key_of(number, bytes);

	if (number == 0)
		return (struct range){-1, 0};
	if (near < number)
		return (struct range){key + 1, key};
	if (near > number)
		return (struct range){key, key - 1};
	return (struct range){key, key};
}

static struct range range_of(unsigned op, double number, unsigned bytes)
{
	const double infinity = (double)__builtin_inff();
	struct range all = {key_of(-infinity, bytes), key_of(infinity, bytes)},
	             same = equal_to(number, bytes);

	switch (op) {
	case '<':
		return (struct range){all.from, same.from - 1};
	case OP2('<', '='):
		return (struct range){all.from, same.to};
	case '>':
		return (struct range){same.to + 1, all.to};
	case OP2('>', '='):
		return (struct range){same.from, all.to};
	default:
		return same;
	}
}

/* The key of the float whose bits are in the accumulator. */
static bool key(struct code *c, const struct node *n)
{
	unsigned bytes = (unsigned)n->type->size, bits, sign;

	if (bytes < c->isa->word)
		code_op(c, FETCH_SEXT4);
	if (!code_keep(c, n, &bits))
		return false;
	code_constant(c, 8 * bytes - 1);
	code_op1(c, FETCH_SAR, bits);
	if (!code_keep(c, n, &sign))
		return false;
	code_constant(c, bytes == 4 ? INT32_MAX : INT64_MAX);
	code_op1(c, FETCH_AND, sign);
	code_op1(c, FETCH_XOR, bits);
	code_release(c);
	code_release(c);
	return true;
}

/* Is the accumulator in the range? */
static bool in_range(struct code *c, const struct node *n, struct range r)
{
	unsigned k;

	if (r.from > r.to) {
		code_constant(c, 0);
		return true;
	}
	code_add(c, 0 - (uint64_t)r.from);
	if (!code_keep(c, n, &k))
		return false;
	code_constant(c, (uint64_t)r.to - (uint64_t)r.from);
	code_op1(c, FETCH_LEU, k);
	code_release(c);
	return true;
}

static bool bits_of(struct code *c, const struct node *n)
{
	struct system_register sys;
	struct place p = {0};
	unsigned reg;

	if (n->type->kind != TYPE_FLOAT)
		return code_refuse(c, n, "the target does not make a float of it");
	if (n->type->size > c->isa->word)
		return code_refuse(c, n, "it is longer than the target's word, which has 32 bits");
	if (register_of(c->isa, n, &reg)) {
		code_op1(c, FETCH_REG, reg);
		return true;
	}
	if (node_system_register(c->isa, n, &sys)) {
		if (sys.is_any_float)
			return code_refuse(
			        c, n, "whether it holds a float or a double only its value tells");
		code_system(c, &sys, 0);
		return true;
	}
	if (!node_in_memory(n))
		return code_refuse(c, n, "the target does not compute with floats");
	if (!code_place(c, n, &p))
		return false;
	code_load(c, &p, (unsigned)n->type->size);
	return true;
}

bool code_compare_float(struct code *c, const struct node *n)
{
	bool left = node_is_constant(n->kid[0]);
	const struct node *a = n->kid[left ? 1 : 0];
	double number;

	if (!real_constant(c, n->kid[left ? 0 : 1], &number) || number != number)
		return code_refuse(c, n, "the target compares floats with numbers only");
	if (!bits_of(c, a) || !key(c, a) ||
	    !in_range(c, n,
	              range_of(left ? op_mirrored(n->op) : n->op, number, (unsigned)a->type->size)))
		return false;
	if (n->op == OP2('!', '='))
		code_op(c, FETCH_NOT);
	return true;
}
