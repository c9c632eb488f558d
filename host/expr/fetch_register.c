/* SPDX-License-Identifier: MIT */
/*
 * Locations of variables seen as sums of registers: see fetch_register.h. The location is run with
 * values chosen for the purpose, by the evaluator that runs it elsewhere, too; it is believed when
 * values drawn at random give what the sum says.
 */
#include "expr/fetch_register.h"

#include <string.h>

#include "expr/scope.h"

bool register_of_dwarf(const struct tl_isa *isa, unsigned dwarf, unsigned *reg)
{
	for (*reg = 0; *reg < isa->ncore; ++*reg)
		if (isa->regs[*reg].dwarf == dwarf)
			return true;
	return false;
}

/* ---- running a location on values of our own ---- */

struct trial {
	const struct tl_isa *isa;
	uint64_t values[64];
	uintptr_t used;
};

static bool trial_register(void *ctx, unsigned dwarf, uint64_t *v)
{
	struct trial *t = ctx;
	unsigned reg;

	if (!register_of_dwarf(t->isa, dwarf, &reg))
		return false;
	t->used |= (uintptr_t)1 << reg;
	*v = t->values[reg];
	return true;
}

static bool run(struct trial *t, const struct location_piece *p, uint64_t *v, const char **why)
{
	struct machine m = {.reg = trial_register, .ctx = t, .word = t->isa->word};

	return location_run(p, &m, v, why);
}

static uint64_t cut(const struct tl_isa *isa, uint64_t v)
{
	return isa->word == 4 ? (uint32_t)v : v;
}

static uint64_t sum(const struct trial *t, const struct affine *a)
{
	uint64_t v = a->base;

	for (unsigned i = 0; i < t->isa->ncore; i++)
		v += a->times[i] * t->values[i];
	return cut(t->isa, v);
}

/* Numbers that look like none of a program's. */
static uint64_t drawn(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state ^ *state >> 31;
}

static bool holds(struct trial *t, const struct location_piece *p, const struct affine *a)
{
	enum { TRIES = 16 };
	uint64_t state = 1, v;
	const char *why;

	for (unsigned i = 0; i < TRIES; i++) {
		for (unsigned r = 0; r < t->isa->ncore; r++)
			t->values[r] = cut(t->isa, drawn(&state));
		if (!run(t, p, &v, &why) || v != sum(t, a))
			return false;
	}
	return true;
}

bool affine_of(const struct location_piece *p, const struct tl_isa *isa, struct affine *a,
               const char **why)
{
	struct trial t = {.isa = isa};
	uint64_t v;

	*a = (struct affine){0};
	if (!run(&t, p, &a->base, why))
		return false;
	*why = "it is more than a sum of registers";
	for (unsigned i = 0; i < isa->ncore; i++) {
		if (!(t.used >> i & 1))
			continue;
		t.values[i] = 1;
		if (!run(&t, p, &v, why))
			return false;
		t.values[i] = 0;
		v = cut(isa, v - a->base);
		if (v > UINT8_MAX)
			return false;
		a->times[i] = (uint8_t)v;
	}
	return holds(&t, p, a);
}

bool affine_code(struct code *c, const struct affine *a)
{
	bool any = false;

	/* One that is added once begins, if there is one. */
	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < c->isa->ncore; i++) {
			if (!a->times[i] || (a->times[i] == 1) == (pass == 1))
				continue;
			if (a->times[i] == 1 && !any) {
				code_op1(c, FETCH_REG, i);
				any = true;
				continue;
			}
			if (!any)
				code_constant(c, 0);
			any = true;
			code_op1(c, FETCH_INDEX, i);
			code_op(c, (enum fetch_op)a->times[i]); /* its second operand */
		}
	return any;
}

/* ---- leaves ---- */

/* $retval, $argN: the first of its registers. False: it is in none. */
static bool special_register(const struct tl_isa *isa, const char *name, unsigned *reg)
{
	bool is_result = strcmp(name, "retval") == 0;

	if (!is_result && strncmp(name, "arg", 3) != 0)
		return false;
	*reg = is_result ? isa->retval[0] : isa->args[name[3] - '1'];
	return true;
}

bool register_of(const struct tl_isa *isa, const struct node *n, unsigned *reg)
{
	const struct location *l;

	if (n->type->size > isa->word)
		return false;
	switch (n->kind) {
	case NODE_REGISTER:
		*reg = n->reg;
		return true;
	case NODE_SPECIAL:
		return special_register(isa, n->name, reg);
	case NODE_VARIABLE:
		l = &n->variable->location;
		return l->npieces == 1 && l->pieces->kind == LOCATION_REGISTER &&
		       register_of_dwarf(isa, l->pieces->reg, reg);
	default:
		return false;
	}
}

bool register_of_word(const struct tl_isa *isa, const struct node *n, unsigned *reg)
{
	return n->type->size == isa->word && n->type->kind != TYPE_FLOAT &&
	       type_is_scalar(n->type) && register_of(isa, n, reg);
}

static bool piece_registers(struct trial *t, const struct location_piece *p, const char **why)
{
	uint64_t v;

	switch (p->kind) {
	case LOCATION_NONE:
		*why = p->why;
		return false;
	case LOCATION_BYTES:
		return true;
	case LOCATION_REGISTER:
		*why = "it is in a register that a hit does not record";
		return trial_register(t, p->reg, &v);
	case LOCATION_VALUE:
		*why = "it is worked out from memory, and a hit brings none for that";
		return !location_reads(p) && run(t, p, &v, why);
	case LOCATION_MEMORY:
		break;
	}
	*why = "a part of it is in memory, another in registers";
	return false;
}

/* Does a location tell of all bytes? */
static bool is_whole(const struct tl_isa *isa, const struct location *l, uint64_t size)
{
	uint64_t told = 0;

	if (l->npieces == 1 && !l->pieces->size)
		return l->pieces->kind != LOCATION_REGISTER || size <= isa->word;
	for (size_t i = 0; i < l->npieces; i++)
		told += l->pieces[i].size;
	return told >= size;
}

bool registers_of(const struct tl_isa *isa, const struct node *n, uintptr_t *mask, const char **why)
{
	struct trial t = {.isa = isa};
	unsigned reg;

	if (n->kind == NODE_VARIABLE) {
		const struct location *l = &n->variable->location;

		*why = "nothing tells where all of it is";
		if (!is_whole(isa, l, n->type->size))
			return false;
		for (size_t i = 0; i < l->npieces; i++)
			if (!piece_registers(&t, &l->pieces[i], why))
				return false;
		*mask |= t.used;
	} else if (register_of(isa, n, &reg)) {
		*mask |= (uintptr_t)1 << reg;
	} else if (n->kind == NODE_SPECIAL && strcmp(n->name, "retval") == 0) {
		*mask |= (uintptr_t)1 << isa->retval[0] | (uintptr_t)1 << isa->retval[1];
	}
	return true;
}

/* ---- registers that no snapshot has ---- */

/* The piece that has all of a variable, or of a member; NULL: none has. */
static const struct location_piece *piece_of(const struct node *n)
{
	uint64_t offset = 0, at = 0, size = n->type->size;
	const struct location *l;

	for (; n->kind == NODE_MEMBER; n = n->kid[0]) {
		const struct member *m = &n->kid[0]->type->members[n->member];

		if (m->bits)
			return NULL;
		offset += m->offset;
	}
	if (n->kind != NODE_VARIABLE)
		return NULL;
	l = &n->variable->location;
	if (l->npieces == 1)
		return offset ? NULL : l->pieces;
	for (size_t i = 0; i < l->npieces; at += l->pieces[i++].size)
		if (at == offset && size <= l->pieces[i].size)
			return &l->pieces[i];
	return NULL;
}

bool node_system_register(const struct tl_isa *isa, const struct node *n,
                          struct system_register *reg)
{
	const struct location_piece *p = piece_of(n);

	return p && p->kind == LOCATION_REGISTER && system_register_of(isa, p->reg, reg) &&
	       n->type->size <= reg->bytes;
}

bool node_needs_system(const struct tl_isa *isa, const struct node *n)
{
	struct system_register reg;

	for (size_t i = 0; n->kind == NODE_VARIABLE && i < n->variable->location.npieces; i++) {
		const struct location_piece *p = &n->variable->location.pieces[i];

		if (p->kind == LOCATION_REGISTER && system_register_of(isa, p->reg, &reg))
			return true;
	}
	for (unsigned i = 0; i < 3; i++)
		if (n->kid[i] && node_needs_system(isa, n->kid[i]))
			return true;
	return false;
}

void code_system(struct code *c, const struct system_register *reg, unsigned word)
{
	code_op1(c, FETCH_SYS, reg->gdb);
	code_op(c, (enum fetch_op)(reg->word + word)); /* its second operand */
}
