/* SPDX-License-Identifier: MIT */
/*
 * Addresses in fetch programs: what stands in memory is where a variable is, then on by members and
 * elements. Offsets are added up here, and go into the load.
 */
#include <dwarf.h>
#include <string.h>

#include "expr/fetch_code.h"
#include "expr/fetch_register.h"
#include "expr/scope.h"

bool node_in_memory(const struct node *n)
{
	const struct location *l;

	switch (n->kind) {
	case NODE_VARIABLE:
		l = &n->variable->location;
		return l->npieces == 1 && l->pieces->kind == LOCATION_MEMORY && !l->pieces->size;
	case NODE_MEMBER:
		return node_in_memory(n->kid[0]);
	case NODE_DEREF:
	case NODE_INDEX:
	case NODE_SLICE:
		return n->kid[0]->type->kind == TYPE_POINTER || node_in_memory(n->kid[0]);
	default:
		return false;
	}
}

void code_address(struct code *c, const struct place *p)
{
	if (p->computed)
		code_add(c, p->offset);
	else
		code_constant(c, p->offset);
}

void code_load(struct code *c, const struct place *p, unsigned bytes)
{
	enum { FARTHEST = 255 };
	uint64_t offset = c->isa->word == 4 ? (uint32_t)p->offset : p->offset;
	bool near = p->computed && offset <= FARTHEST;

	if (!near)
		code_address(c, p);
	code_op1(c, code_sized(FETCH_LOAD1, bytes), near ? (unsigned)offset : 0);
}

static void negate(struct code *c, unsigned k)
{
	code_op1(c, FETCH_KEEP, k);
	code_constant(c, (uint64_t)-1);
	code_op1(c, FETCH_MUL, k);
}

/* The accumulator, an index, times the size of what is counted. */
static bool scale(struct code *c, const struct node *n, uint64_t size)
{
	unsigned k;

	if (size == 1)
		return true;
	if (!code_keep(c, n, &k))
		return false;
	code_constant(c, size);
	code_op1(c, FETCH_MUL, k);
	code_release(c);
	return true;
}

/* So many elements on; `back`: in the other direction. */
static bool advance(struct code *c, struct place *p, const struct node *index, uint64_t size,
                    bool back)
{
	uint64_t v;
	unsigned reg, k = 0;
	bool base = p->computed;

	if (code_is_constant(c, index, &v)) {
		p->offset += back ? 0 - v * size : v * size;
		return true;
	}
	if (!back && size <= UINT8_MAX && register_of_word(c->isa, index, &reg)) {
		if (!base)
			code_constant(c, p->offset);
		p->offset = base ? p->offset : 0;
		p->computed = true;
		code_op1(c, FETCH_INDEX, reg);
		code_op(c, (enum fetch_op)size); /* its second operand */
		return true;
	}
	if (base && !code_keep(c, index, &k))
		return false;
	if (!c->value(c, index) || !scale(c, index, size))
		return false;
	if (base) {
		code_op1(c, back ? FETCH_SUB : FETCH_ADD, k);
		code_release(c);
	} else if (back) {
		negate(c, 3);
	}
	p->computed = true;
	return true;
}

/* Bytes of what a pointer counts in. */
static uint64_t step(const struct type *pointer)
{
	uint64_t size = type_target(pointer)->size;

	return size ? size : 1; /* void: as GNU C has it */
}

/* The first `nops` operations: a sum of registers, or what is in memory at one, and a number. */
static bool place_by(struct code *c, struct location_piece piece, size_t nops, struct place *p,
                     const char **why)
{
	uint64_t plus = 0;
	struct affine a;

	piece.nops = nops;
	while (nops && piece.ops[nops - 1].atom == DW_OP_plus_uconst)
		plus += piece.ops[--nops].number;
	if (nops && piece.ops[nops - 1].atom == DW_OP_deref) {
		if (!place_by(c, piece, nops - 1, p, why))
			return false;
		code_load(c, p, c->isa->word);
		*p = (struct place){true, plus};
		return true;
	}
	if (!affine_of(&piece, c->isa, &a, why))
		return false;
	p->computed = affine_code(c, &a);
	p->offset = a.base;
	return true;
}

bool code_location(struct code *c, const struct location_piece *piece, struct place *p,
                   const char **why)
{
	return place_by(c, *piece, piece->nops, p, why);
}

static bool variable(struct code *c, const struct node *n, struct place *p)
{
	const char *why;

	return code_location(c, n->variable->location.pieces, p, &why) ||
	       tree_problem(c->tree, n->at, n->length,
	                    "nothing that the target can work out tells where '%s' is: %s", n->name,
	                    why);
}

bool code_place(struct code *c, const struct node *n, struct place *p)
{
	switch (n->kind) {
	case NODE_VARIABLE:
		return variable(c, n, p);
	case NODE_MEMBER:
		if (!code_place(c, n->kid[0], p))
			return false;
		p->offset += n->kid[0]->type->members[n->member].offset;
		return true;
	case NODE_DEREF:
		return code_pointed(c, n->kid[0], p);
	case NODE_INDEX:
	case NODE_SLICE:
		return code_pointed(c, n->kid[0], p) &&
		       advance(c, p, n->kid[1], step(n->kid[0]->type), false);
	default:
		return code_refuse(c, n, "it has no address: it is not in memory");
	}
}

/* A pointer and a number, in either order. */
static bool pointer_sum(struct code *c, const struct node *n, struct place *p)
{
	bool left = type_is_place(n->kid[0]->type);
	const struct node *pointer = n->kid[left ? 0 : 1], *index = n->kid[left ? 1 : 0];

	return code_pointed(c, pointer, p) &&
	       advance(c, p, index, step(pointer->type), n->op == '-');
}

bool code_pointed(struct code *c, const struct node *n, struct place *p)
{
	*p = (struct place){0};
	if (code_is_constant(c, n, &p->offset))
		return true;
	if (n->type->kind == TYPE_ARRAY)
		return code_place(c, n, p);
	if (n->kind == NODE_ADDRESS)
		return code_place(c, n->kid[0], p);
	if (n->kind == NODE_CAST && type_is_place(n->kid[0]->type))
		return code_pointed(c, n->kid[0], p);
	if (n->kind == NODE_BINARY && n->type->kind == TYPE_POINTER)
		return pointer_sum(c, n, p);
	p->computed = true;
	return c->value(c, n);
}
