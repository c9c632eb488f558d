/* SPDX-License-Identifier: MIT */
/*
 * Integers of 64 bits on targets of 32: they are compared, half by half. See fetch_code.h.
 */
#include "expr/fetch_code.h"
#include "expr/fetch_register.h"
#include "expr/scope.h"

enum { HALF = 4, LOW = 0, HIGH = 1 };

static bool in_registers(struct code *c, const struct node *n, unsigned half)
{
	const struct location *l = n->kind == NODE_VARIABLE ? &n->variable->location : NULL;
	const struct location_piece *p;
	struct system_register sys;
	unsigned reg;

	if (n->kind == NODE_SPECIAL) { /* $retval: no other is so long */
		code_op1(c, FETCH_REG, c->isa->retval[half]);
		return true;
	}
	p = l && l->npieces == 2 && l->pieces[LOW].size == HALF ? &l->pieces[half] : NULL;
	if (p && p->kind == LOCATION_REGISTER && register_of_dwarf(c->isa, p->reg, &reg))
		code_op1(c, FETCH_REG, reg);
	else if (p && p->kind == LOCATION_REGISTER && system_register_of(c->isa, p->reg, &sys) &&
	         sys.bytes == HALF)
		code_system(c, &sys, 0);
	else
		return code_refuse(c, n, "it is longer than the target's word, which has 32 bits");
	return true;
}

/* The sign of what is in the accumulator, in all bits. */
static bool sign(struct code *c, const struct node *n)
{
	unsigned k;

	if (!code_keep(c, n, &k))
		return false;
	code_constant(c, 8 * HALF - 1);
	code_op1(c, FETCH_SAR, k);
	code_release(c);
	return true;
}

static bool short_one(struct code *c, const struct node *n, unsigned half)
{
	if (half == HIGH && !n->type->is_signed) {
		code_constant(c, 0);
		return true;
	}
	return c->value(c, n) && (half == LOW || sign(c, n));
}

bool code_half(struct code *c, const struct node *n, unsigned half)
{
	struct system_register sys;
	struct place p = {0};
	uint64_t v;

	if (code_is_constant(c, n, &v)) {
		code_constant(c, half == HIGH ? v >> 8 * HALF : v & UINT32_MAX);
		return true;
	}
	if (n->type->size <= HALF)
		return short_one(c, n, half);
	if (n->kind == NODE_CAST && type_is_integer(n->kid[0]->type))
		return code_half(c, n->kid[0], half);
	if (node_system_register(c->isa, n, &sys)) {
		code_system(c, &sys, half);
		return true;
	}
	if (!node_in_memory(n))
		return in_registers(c, n, half);
	if (n->kind == NODE_MEMBER && n->kid[0]->type->members[n->member].bits)
		return code_refuse(c, n, "this bit-field is longer than the target's word");
	if (!code_place(c, n, &p))
		return false;
	p.offset += half * HALF;
	code_load(c, &p, HALF);
	return true;
}

static bool compare_halves(struct code *c, const struct node *n, unsigned half, unsigned op,
                           bool is_signed)
{
	unsigned k;

	if (!code_half(c, n->kid[0], half) || !code_keep(c, n, &k) ||
	    !code_half(c, n->kid[1], half))
		return false;
	code_compare_kept(c, op, is_signed, k);
	code_release(c);
	return true;
}

/* Both halves must be the same, or one must differ. */
static bool equality(struct code *c, const struct node *n)
{
	bool same = n->op == OP2('=', '=');
	unsigned jump;

	if (!compare_halves(c, n, HIGH, n->op, false))
		return false;
	jump = code_jump(c, same ? FETCH_JUMPZ : FETCH_JUMPNZ);
	if (!compare_halves(c, n, LOW, n->op, false))
		return false;
	code_land(c, jump);
	return true;
}

/* The high halves decide; where they are the same, the low ones. */
bool code_compare_long(struct code *c, const struct node *n, bool is_signed)
{
	unsigned strict = n->op == '<' || n->op == OP2('<', '=') ? '<' : '>', low, end;

	if (n->op == OP2('=', '=') || n->op == OP2('!', '='))
		return equality(c, n);
	if (!compare_halves(c, n, HIGH, OP2('=', '='), false))
		return false;
	low = code_jump(c, FETCH_JUMPNZ);
	if (!compare_halves(c, n, HIGH, strict, is_signed))
		return false;
	code_op1(c, FETCH_KEEP, c->kept);
	code_constant(c, 1); /* a jump in any case */
	end = code_jump(c, FETCH_JUMPNZ);
	code_land(c, low);
	if (!compare_halves(c, n, LOW, n->op, false))
		return false;
	code_op1(c, FETCH_KEEP, c->kept);
	code_land(c, end);
	code_op1(c, FETCH_TAKE, c->kept);
	return true;
}

bool code_truth_long(struct code *c, const struct node *n)
{
	unsigned k;

	if (!code_half(c, n, HIGH) || !code_keep(c, n, &k) || !code_half(c, n, LOW))
		return false;
	code_op1(c, FETCH_OR, k);
	code_release(c);
	return true;
}
