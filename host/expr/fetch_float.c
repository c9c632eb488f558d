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

/* Does it have its bits somewhere? */
static bool has_bits(struct code *c, const struct node *n)
{
	struct system_register sys;
	bool in_system = node_system_register(c->isa, n, &sys);

	if (n->type->kind != TYPE_FLOAT)
		return code_refuse(c, n, "the target does not make a float of it");
	if (n->type->size > sizeof(double))
		return code_refuse(c, n, "it is longer than a double");
	if (in_system && sys.is_any_float)
		return code_refuse(c, n,
		                   "whether it holds a float or a double only its value tells");
	if (!in_system && !node_in_memory(n) && n->kind != NODE_VARIABLE && n->kind != NODE_SPECIAL)
		return code_refuse(c, n, "the target does not compute with floats");
	return true;
}

static bool bits_of(struct code *c, const struct node *n)
{
	struct system_register sys;
	struct place p = {0};
	unsigned reg;

	if (register_of(c->isa, n, &reg)) {
		code_op1(c, FETCH_REG, reg);
		return true;
	}
	if (node_system_register(c->isa, n, &sys)) {
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

/* ---- doubles on targets of 32 bits, half by half ---- */

enum { HALF_BITS = 32, LOW = 0, HIGH = 1 };

/* Kept words: of a key the high half, which is signed, and the low one, which is not. */
struct halves {
	unsigned high, low;
};

static bool key_in_halves(struct code *c, const struct node *n, struct halves *k)
{
	if (!code_half(c, n, HIGH) || !code_keep(c, n, &k->high))
		return false;
	code_constant(c, HALF_BITS - 1);
	code_op1(c, FETCH_SAR, k->high);
	if (!code_keep(c, n, &k->low)) /* the sign, at first */
		return false;
	code_constant(c, INT32_MAX);
	code_op1(c, FETCH_AND, k->low);
	code_op1(c, FETCH_XOR, k->high);
	code_op1(c, FETCH_KEEP, k->high);
	if (!code_half(c, n, LOW))
		return false;
	code_op1(c, FETCH_XOR, k->low);
	code_op1(c, FETCH_KEEP, k->low);
	return true;
}

/* A half of it, kept in `k`, and a number. */
static void compare_half(struct code *c, unsigned k, enum fetch_op op, uint64_t number)
{
	code_constant(c, number & UINT32_MAX);
	code_op1(c, op, k);
}

/* Is it in the range? */
static void halves_in_range(struct code *c, struct halves k, struct range r)
{
	uint64_t from = (uint64_t)r.from, to = (uint64_t)r.to;
	unsigned below[2], high_is_above, ends[4];

	if (r.from > r.to) {
		code_constant(c, 0);
		return;
	}
	compare_half(c, k.high, FETCH_LTS, from >> HALF_BITS);
	below[0] = code_jump(c, FETCH_JUMPNZ);
	compare_half(c, k.high, FETCH_EQ, from >> HALF_BITS);
	high_is_above = code_jump(c, FETCH_JUMPZ);
	compare_half(c, k.low, FETCH_LTU, from);
	below[1] = code_jump(c, FETCH_JUMPNZ);
	code_land(c, high_is_above);
	compare_half(c, k.high, FETCH_LES, to >> HALF_BITS);
	ends[0] = code_jump(c, FETCH_JUMPZ);
	compare_half(c, k.high, FETCH_NE, to >> HALF_BITS);
	ends[1] = code_jump(c, FETCH_JUMPNZ);
	compare_half(c, k.low, FETCH_LEU, to);
	ends[2] = code_jump(c, FETCH_JUMPZ);
	ends[3] = code_jump(c, FETCH_JUMPNZ);
	code_land(c, below[0]);
	code_land(c, below[1]);
	code_constant(c, 0);
	for (unsigned i = 0; i < 4; i++)
		code_land(c, ends[i]);
}

static bool compare_halves(struct code *c, const struct node *n, struct range r)
{
	struct halves k;

	if (!key_in_halves(c, n, &k))
		return false;
	halves_in_range(c, k, r);
	code_release(c);
	code_release(c);
	return true;
}

bool code_compare_float(struct code *c, const struct node *n)
{
	bool left = node_is_constant(n->kid[0]);
	const struct node *a = n->kid[left ? 1 : 0];
	struct range r;
	double number;

	if (!real_constant(c, n->kid[left ? 0 : 1], &number) || number != number)
		return code_refuse(c, n, "the target compares floats with numbers only");
	if (!has_bits(c, a))
		return false;
	r = range_of(left ? op_mirrored(n->op) : n->op, number, (unsigned)a->type->size);
	if (a->type->size > c->isa->word ? !compare_halves(c, a, r)
	                                 : !bits_of(c, a) || !key(c, a) || !in_range(c, n, r))
		return false;
	if (n->op == OP2('!', '='))
		code_op(c, FETCH_NOT);
	return true;
}
