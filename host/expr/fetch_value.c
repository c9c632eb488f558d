/* SPDX-License-Identifier: MIT */
/*
 * Values in fetch programs: C's arithmetic in words of the target. See fetch_code.h.
 */
#include <string.h>

#include "expr/fetch_code.h"
#include "expr/fetch_register.h"
#include "expr/scope.h"
#include "expr/text.h"

static bool is_logic(unsigned op)
{
	return op == OP2('&', '&') || op == OP2('|', '|');
}

/* May it be in the accumulator? An array is there as its address. */
static bool fits(struct code *c, const struct node *n)
{
	const struct type *t = n->type;

	if (t->kind == TYPE_ARRAY)
		return true;
	if (t->kind == TYPE_FLOAT)
		return code_refuse(c, n,
		                   "the target computes with integers only, and this is a "
		                   "float");
	if (!type_is_scalar(t))
		return code_refuse(c, n, "the target computes with numbers and pointers only");
	if (t->size > c->isa->word)
		return code_refuse(c, n, "it is longer than the target's word, which has 32 bits");
	return true;
}

/* ---- leaves ---- */

static void narrow(struct code *c, const struct type *t)
{
	if (t->size < c->isa->word)
		code_op(c, code_sized(t->is_signed ? FETCH_SEXT1 : FETCH_ZEXT1, t->size));
}

static bool variable(struct code *c, const struct node *n)
{
	const struct location *l = &n->variable->location;
	const char *why = "it is in several pieces";
	struct system_register sys;
	struct affine a;
	unsigned reg;

	if (register_of(c->isa, n, &reg)) {
		code_op1(c, FETCH_REG, reg);
	} else if (node_system_register(c->isa, n, &sys)) {
		code_system(c, &sys, 0);
	} else if (l->npieces == 1 && l->pieces->kind == LOCATION_VALUE &&
	           affine_of(l->pieces, c->isa, &a, &why)) {
		struct place p = {.offset = a.base};

		p.computed = affine_code(c, &a);
		code_address(c, &p);
	} else if (l->npieces == 1 && l->pieces->kind == LOCATION_BYTES) {
		uint64_t v = 0;

		memcpy(&v, l->pieces->bytes,
		       l->pieces->nbytes < sizeof v ? l->pieces->nbytes : sizeof v);
		code_constant(c, v);
	} else {
		return tree_problem(c->tree, n->at, n->length,
		                    "nothing that the target can work out tells the value of "
		                    "'%s': %s",
		                    n->name, why);
	}
	narrow(c, n->type);
	return true;
}

static bool leaf(struct code *c, const struct node *n)
{
	unsigned reg;

	if (n->kind == NODE_VARIABLE)
		return variable(c, n);
	if (!register_of(c->isa, n, &reg))
		return code_refuse(c, n, "the target cannot work it out");
	code_op1(c, FETCH_REG, reg);
	narrow(c, n->type);
	return true;
}

static bool shift_by(struct code *c, const struct node *n, enum fetch_op op, unsigned bits)
{
	unsigned k;

	if (!bits)
		return true;
	if (!code_keep(c, n, &k))
		return false;
	code_constant(c, bits);
	code_op1(c, op, k);
	code_release(c);
	return true;
}

/* A bit-field: its bits to the top, and down again. */
static bool bit_field(struct code *c, const struct node *n, const struct place *p)
{
	const struct member *m = &n->kid[0]->type->members[n->member];
	unsigned word = 8u * c->isa->word, bytes = 1;

	if (m->shift + m->bits > word)
		return code_refuse(c, n, "this bit-field lies across two words");
	while (8 * bytes < m->shift + m->bits)
		bytes *= 2;
	code_load(c, p, bytes);
	return shift_by(c, n, FETCH_SHL, word - m->shift - m->bits) &&
	       shift_by(c, n, n->type->is_signed ? FETCH_SAR : FETCH_SHR, word - m->bits);
}

static bool in_memory(struct code *c, const struct node *n)
{
	struct place p = {0};

	if (!code_place(c, n, &p))
		return false;
	if (n->kind == NODE_MEMBER && n->kid[0]->type->members[n->member].bits)
		return bit_field(c, n, &p);
	code_load(c, &p, (unsigned)n->type->size);
	if (n->type->is_signed)
		narrow(c, n->type);
	return true;
}

/* ---- operators ---- */

static bool converted(struct code *c, const struct node *n, const struct type *to)
{
	if (!code_value(c, n))
		return false;
	code_convert(c, n->type, to);
	return true;
}

static bool unary(struct code *c, const struct node *n)
{
	unsigned k;

	if (n->op == '!') {
		if (!code_truth(c, n->kid[0]))
			return false;
		code_op(c, FETCH_NOT);
		return true;
	}
	if (!converted(c, n->kid[0], n->type))
		return false;
	if (n->op == '+')
		return true;
	if (!code_keep(c, n, &k))
		return false;
	code_constant(c, (uint64_t)-1);
	code_op1(c, n->op == '-' ? FETCH_MUL : FETCH_XOR, k);
	code_release(c);
	narrow(c, n->type);
	return true;
}

static const struct {
	unsigned op;
	enum fetch_op with_sign, without;
} operators[] = {
        {'+', FETCH_ADD, FETCH_ADD},
        {'-', FETCH_SUB, FETCH_SUB},
        {'*', FETCH_MUL, FETCH_MUL},
        {'&', FETCH_AND, FETCH_AND},
        {'|', FETCH_OR, FETCH_OR},
        {'^', FETCH_XOR, FETCH_XOR},
        {OP2('<', '<'), FETCH_SHL, FETCH_SHL},
        {OP2('>', '>'), FETCH_SAR, FETCH_SHR},
};

static bool is_shift(unsigned op)
{
	return op == OP2('<', '<') || op == OP2('>', '>');
}

/* C leaves open what a shift by too much gives, and the machine's is not the host's. */
static bool shifts_too_far(const struct code *c, const struct node *n)
{
	uint64_t by;

	return is_shift(n->op) && code_is_constant(c, n->kid[1], &by) && by >= 8 * n->type->size;
}

static bool integers(struct code *c, const struct node *n)
{
	const struct node *a = n->kid[0], *b = n->kid[1];
	size_t i = 0;
	unsigned k;
	uint64_t v;

	while (i < sizeof operators / sizeof *operators && operators[i].op != n->op)
		i++;
	if (i == sizeof operators / sizeof *operators)
		return code_refuse(c, n, "the target does not divide");
	if (shifts_too_far(c, n))
		return code_refuse(c, n, "it shifts by more bits than there are");
	if (!converted(c, a, n->type))
		return false;
	if ((n->op == '+' || n->op == '-') && code_is_constant(c, b, &v)) {
		code_add(c, n->op == '+' ? v : 0 - v);
		narrow(c, n->type);
		return true;
	}
	if (!code_keep(c, n, &k) || !converted(c, b, is_shift(n->op) ? b->type : n->type))
		return false;
	code_op1(c, n->type->is_signed ? operators[i].with_sign : operators[i].without, k);
	code_release(c);
	narrow(c, n->type);
	return true;
}

/* How many elements two pointers are apart. */
static bool distance(struct code *c, const struct node *n)
{
	uint64_t size = type_target(n->kid[0]->type)->size;
	unsigned k, bits = 0;

	while (UINT64_C(1) << bits < size)
		bits++;
	if (size > 1 && UINT64_C(1) << bits != size)
		return code_refuse(c, n,
		                   "the target does not divide, and the elements between "
		                   "pointers are counted so");
	if (!code_value(c, n->kid[0]) || !code_keep(c, n, &k) || !code_value(c, n->kid[1]))
		return false;
	code_op1(c, FETCH_SUB, k);
	code_release(c);
	return shift_by(c, n, FETCH_SAR, bits);
}

static bool logic(struct code *c, const struct node *n, bool as_value)
{
	unsigned jump;

	if (!code_truth(c, n->kid[0]))
		return false;
	if (n->op == OP2('|', '|') && as_value)
		code_op1(c, FETCH_NEC, 0);
	jump = code_jump(c, n->op == OP2('|', '|') ? FETCH_JUMPNZ : FETCH_JUMPZ);
	if (!code_truth(c, n->kid[1]))
		return false;
	if (as_value)
		code_op1(c, FETCH_NEC, 0);
	code_land(c, jump);
	return true;
}

static bool choice(struct code *c, const struct node *n)
{
	unsigned other, end, k;

	if (!code_truth(c, n->kid[0]))
		return false;
	other = code_jump(c, FETCH_JUMPZ);
	if (!converted(c, n->kid[1], n->type) || !code_keep(c, n, &k))
		return false;
	code_constant(c, 1); /* a jump in any case */
	end = code_jump(c, FETCH_JUMPNZ);
	code_land(c, other);
	if (!converted(c, n->kid[2], n->type))
		return false;
	code_op1(c, FETCH_KEEP, k);
	code_land(c, end);
	code_op1(c, FETCH_TAKE, k);
	code_release(c);
	return true;
}

static bool binary(struct code *c, const struct node *n)
{
	if (is_logic(n->op))
		return logic(c, n, true);
	if (node_compares_text(n))
		return code_compare_text(c, n);
	if (op_is_comparison(n->op))
		return code_compare(c, n);
	if (type_is_place(n->kid[0]->type) && type_is_place(n->kid[1]->type))
		return distance(c, n);
	return integers(c, n);
}

static bool pointer(struct code *c, const struct node *n)
{
	struct place p;

	if (!code_pointed(c, n, &p))
		return false;
	code_address(c, &p);
	return true;
}

/* Is the value itself a place that is worked out, and not read? */
static bool is_computed_place(const struct node *n)
{
	return n->type->kind == TYPE_ARRAY || n->kind == NODE_ADDRESS ||
	       (n->kind == NODE_BINARY && n->type->kind == TYPE_POINTER);
}

bool code_value(struct code *c, const struct node *n)
{
	uint64_t v;

	if (!fits(c, n))
		return false;
	if (code_is_constant(c, n, &v)) {
		code_constant(c, v);
		return true;
	}
	if (is_computed_place(n))
		return pointer(c, n);
	if (node_in_memory(n))
		return in_memory(c, n);
	switch (n->kind) {
	case NODE_CAST:
		return converted(c, n->kid[0], n->type);
	case NODE_UNARY:
		return unary(c, n);
	case NODE_BINARY:
		return binary(c, n);
	case NODE_CHOICE:
		return choice(c, n);
	case NODE_VARIABLE:
	case NODE_REGISTER:
	case NODE_SPECIAL:
		return leaf(c, n);
	default:
		return code_refuse(c, n,
		                   "it is a part of what is in registers, which the target "
		                   "does not take apart");
	}
}

bool code_truth(struct code *c, const struct node *n)
{
	if (n->kind == NODE_BINARY && is_logic(n->op))
		return logic(c, n, false);
	if (type_is_integer(n->type) && n->type->size > c->isa->word)
		return code_truth_long(c, n);
	return code_value(c, n);
}
