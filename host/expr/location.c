/* SPDX-License-Identifier: MIT */
/*
 * DWARF's stack machine: see location.h. Its numbers are words of the target, or integers of a type
 * of their own.
 */
#include "expr/location.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

enum { STACK = 32, STEPS = 1000 };

/* A number of the stack, extended to 64 bits as its type has it. */
struct slot {
	uint64_t v;
	uint8_t bytes; /* 0: a word, of no type, which operations take as it suits them */
	bool is_signed;
};

struct run {
	const struct machine *m;
	struct slot stack[STACK];
	size_t depth;
	const char *why;
};

const char location_in_part[] = "a part of it is optimised out";

void location_free(struct location *l)
{
	for (size_t i = 0; i < l->npieces; i++)
		free(l->pieces[i].ops);
	free(l->pieces);
	*l = (struct location){0};
}

struct location location_copy(const struct location *l)
{
	struct location copy = {grow(NULL, l->npieces, sizeof *copy.pieces), l->npieces};

	for (size_t i = 0; i < l->npieces; i++) {
		struct location_piece *p = &copy.pieces[i];

		*p = l->pieces[i];
		if (!p->nops)
			continue;
		p->ops = grow(NULL, p->nops, sizeof *p->ops);
		memcpy(p->ops, l->pieces[i].ops, p->nops * sizeof *p->ops);
	}
	return copy;
}

void location_add_op(struct location_piece *p, uint8_t atom, uint64_t number, uint64_t number2)
{
	if (p->nops % 8 == 0)
		p->ops = grow(p->ops, p->nops + 8, sizeof *p->ops);
	p->ops[p->nops++] = (struct location_op){atom, number, number2};
}

void location_take_entry(struct location *l)
{
	for (size_t i = 0; i < l->npieces; i++)
		if (l->pieces[i].kind == LOCATION_NONE)
			l->pieces[i].kind = l->pieces[i].entry;
}

bool piece_needs_entry(const struct location_piece *p)
{
	for (size_t i = 0; i < p->nops; i++)
		if (p->ops[i].atom == DW_OP_entry_value)
			return true;
	return false;
}

bool location_needs_entry(const struct location *l)
{
	for (size_t i = 0; i < l->npieces; i++)
		if (piece_needs_entry(&l->pieces[i]))
			return true;
	return false;
}

static bool stop(struct run *r, const char *why)
{
	r->why = why;
	return false;
}

static uint64_t extended(uint64_t v, unsigned bytes, bool is_signed)
{
	unsigned gone = bytes < 8 ? 64 - 8 * bytes : 0;

	return is_signed ? (uint64_t)((int64_t)(v << gone) >> gone) : v << gone >> gone;
}

/* Of the type that another one has. */
static bool push_like(struct run *r, struct slot like, uint64_t v)
{
	if (r->depth == STACK)
		return stop(r, "its description is damaged");
	like.v = extended(v, like.bytes ? like.bytes : r->m->word, like.is_signed);
	r->stack[r->depth++] = like;
	return true;
}

static bool push(struct run *r, uint64_t v)
{
	return push_like(r, (struct slot){0}, v);
}

/* With its sign, if it may have one. */
static int64_t wide(const struct run *r, struct slot s)
{
	return s.bytes ? (int64_t)s.v : (int64_t)extended(s.v, r->m->word, true);
}

static bool load(struct run *r, uint64_t addr, unsigned size, uint64_t *v)
{
	uint8_t bytes[8];

	if (!size || size > sizeof bytes)
		return stop(r, "its description is damaged");
	if (!r->m->read || !r->m->read(r->m->ctx, addr, bytes, size))
		return stop(r, "memory that leads to it cannot be read");
	*v = 0;
	for (unsigned i = size; i-- > 0;)
		*v = *v << 8 | bytes[i];
	return true;
}

static bool from_register(struct run *r, unsigned reg, uint64_t plus)
{
	uint64_t v;

	if (!r->m->reg || !r->m->reg(r->m->ctx, reg, &v))
		return stop(r, "a register that it needs is not known");
	return push(r, v + plus);
}

static bool at_entry(struct run *r, unsigned reg)
{
	const char *why = "only its value at the function's entry is known there";
	uint64_t v;

	if (!r->m->entry || !r->m->entry(r->m->ctx, reg, &v, &why))
		return stop(r, why);
	return push(r, v);
}

/* The operations whose result depends on signs; words of no type have one. */
static bool by_sign(struct run *r, uint8_t atom, struct slot a, struct slot b, bool *known)
{
	int64_t x = wide(r, a), y = wide(r, b);
	bool natural = a.bytes && !a.is_signed, less = natural ? a.v < b.v : x < y;

	*known = true;
	switch (atom) {
	case DW_OP_div:
		return b.v == 0  ? stop(r, "its description divides by zero")
		       : natural ? push_like(r, a, a.v / b.v)
		       : y == -1 ? push_like(r, a, 0 - a.v)
		                 : push_like(r, a, (uint64_t)(x / y));
	case DW_OP_mod:
		return b.v == 0      ? stop(r, "its description divides by zero")
		       : a.is_signed ? push_like(r, a, y == -1 ? 0 : (uint64_t)(x % y))
		                     : push_like(r, a, a.v % b.v);
	case DW_OP_eq:
		return push(r, x == y);
	case DW_OP_ne:
		return push(r, x != y);
	case DW_OP_lt:
		return push(r, less);
	case DW_OP_gt:
		return push(r, !less && x != y);
	case DW_OP_le:
		return push(r, less || x == y);
	case DW_OP_ge:
		return push(r, !less);
	}
	*known = false;
	return false;
}

/* The operations on the top two numbers: `a` below, `b` above. */
static bool dyadic(struct run *r, uint8_t atom, struct slot a, struct slot b)
{
	unsigned bits = 8 * (a.bytes ? a.bytes : r->m->word);
	bool known, ok = by_sign(r, atom, a, b, &known);

	if (known)
		return ok;
	switch (atom) {
	case DW_OP_and:
		return push_like(r, a, a.v & b.v);
	case DW_OP_or:
		return push_like(r, a, a.v | b.v);
	case DW_OP_xor:
		return push_like(r, a, a.v ^ b.v);
	case DW_OP_plus:
		return push_like(r, a, a.v + b.v);
	case DW_OP_minus:
		return push_like(r, a, a.v - b.v);
	case DW_OP_mul:
		return push_like(r, a, a.v * b.v);
	case DW_OP_shl:
		return push_like(r, a, b.v < bits ? a.v << b.v : 0);
	case DW_OP_shr:
		return push_like(r, a, b.v < bits ? extended(a.v, bits / 8, false) >> b.v : 0);
	case DW_OP_shra:
		return push_like(r, a,
		                 (uint64_t)((int64_t)extended(a.v, bits / 8, true) >>
		                            (b.v < bits ? b.v : bits - 1)));
	}
	return stop(r, "it is described in a way that this tool does not know");
}

static bool monadic(struct run *r, const struct location_op *op, struct slot a)
{
	uint64_t v;

	switch (op->atom) {
	case DW_OP_plus_uconst:
		return push_like(r, a, a.v + op->number);
	case DW_OP_neg:
		return push_like(r, a, 0 - a.v);
	case DW_OP_not:
		return push_like(r, a, ~a.v);
	case DW_OP_abs:
		return push_like(r, a, wide(r, a) < 0 ? 0 - a.v : a.v);
	case DW_OP_convert:
		return push_like(r, (struct slot){0, (uint8_t)op->number, op->number2}, a.v);
	case DW_OP_deref:
		return load(r, a.v, r->m->word, &v) && push(r, v);
	case DW_OP_deref_size:
		return load(r, a.v, (unsigned)op->number, &v) &&
		       push_like(r, (struct slot){0, op->number2 ? 8 : 0, false}, v);
	}
	return false;
}

static bool is_monadic(uint8_t atom)
{
	return atom == DW_OP_plus_uconst || atom == DW_OP_neg || atom == DW_OP_not ||
	       atom == DW_OP_abs || atom == DW_OP_deref || atom == DW_OP_deref_size ||
	       atom == DW_OP_convert;
}

/* What only moves words of the stack. */
static bool shuffle(struct run *r, const struct location_op *op, bool *known)
{
	struct slot *top = r->stack + r->depth, v;
	size_t pick = op->atom == DW_OP_dup ? 0 : op->atom == DW_OP_over ? 1 : op->number;

	*known = true;
	switch (op->atom) {
	case DW_OP_nop:
		return true;
	case DW_OP_dup:
	case DW_OP_over:
	case DW_OP_pick:
		return pick < r->depth ? push_like(r, top[-1 - (ptrdiff_t)pick],
		                                   top[-1 - (ptrdiff_t)pick].v)
		                       : stop(r, "its description is damaged");
	case DW_OP_drop:
		return r->depth ? r->depth--, true : stop(r, "its description is damaged");
	case DW_OP_swap:
		if (r->depth < 2)
			return stop(r, "its description is damaged");
		v = top[-1];
		top[-1] = top[-2];
		top[-2] = v;
		return true;
	case DW_OP_rot:
		if (r->depth < 3)
			return stop(r, "its description is damaged");
		v = top[-1];
		top[-1] = top[-2];
		top[-2] = top[-3];
		top[-3] = v;
		return true;
	}
	*known = false;
	return false;
}

static bool step(struct run *r, const struct location_op *op)
{
	uint8_t atom = op->atom;
	bool known, ok;
	struct slot b;

	if (atom >= DW_OP_lit0 && atom <= DW_OP_lit31)
		return push(r, atom - DW_OP_lit0);
	if (atom >= DW_OP_breg0 && atom <= DW_OP_breg31)
		return from_register(r, atom - DW_OP_breg0, op->number);
	if (atom == DW_OP_bregx)
		return from_register(r, (unsigned)op->number, op->number2);
	if (atom == DW_OP_consts && op->number2)
		return push_like(r, (struct slot){0, 8, true}, op->number);
	if (atom == DW_OP_addr || (atom >= DW_OP_const1u && atom <= DW_OP_consts))
		return push(r, op->number);
	if (atom == DW_OP_entry_value)
		return at_entry(r, (unsigned)op->number);
	ok = shuffle(r, op, &known);
	if (known)
		return ok;
	if (!r->depth)
		return stop(r, "its description is damaged");
	if (is_monadic(atom))
		return monadic(r, op, r->stack[--r->depth]);
	if (r->depth < 2)
		return stop(r, "it is described in a way that this tool does not know");
	b = r->stack[--r->depth];
	return dyadic(r, atom, r->stack[--r->depth], b);
}

bool location_reads(const struct location_piece *p)
{
	for (size_t i = 0; i < p->nops; i++)
		if (p->ops[i].atom == DW_OP_deref || p->ops[i].atom == DW_OP_deref_size)
			return true;
	return false;
}

bool location_run(const struct location_piece *p, const struct machine *m, uint64_t *v,
                  const char **why)
{
	struct run r = {.m = m};

	for (size_t i = 0; i < p->nops && i < STEPS; i++)
		if (!step(&r, &p->ops[i])) {
			*why = r.why;
			return false;
		}
	if (!r.depth) {
		*why = "its description is damaged";
		return false;
	}
	*v = r.stack[r.depth - 1].v;
	return true;
}
