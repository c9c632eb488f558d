/* SPDX-License-Identifier: MIT */
/*
 * Evaluation of trees: see value.h. What is in memory stays there until a number of it is needed.
 */
#include "expr/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "expr/scope.h"
#include "expr/text.h"

void *arena_take(struct arena *a, size_t n)
{
	a->blocks = grow(a->blocks, a->n + 1, sizeof *a->blocks);
	return a->blocks[a->n++] = memset(grow(NULL, n ? n : 1, 1), 0, n ? n : 1);
}

void arena_free(struct arena *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->blocks[i]);
	free(a->blocks);
	*a = (struct arena){0};
}

static bool none(struct evaluation *e, const char *why)
{
	snprintf(e->why, sizeof e->why, "%s", why);
	return false;
}

/* ---- numbers ---- */

static uint64_t from_bytes(const uint8_t *bytes, size_t n)
{
	uint64_t v = 0;

	for (size_t i = n < 8 ? n : 8; i-- > 0;)
		v = v << 8 | bytes[i];
	return v;
}

int64_t value_integer(const struct value *v)
{
	unsigned bits = v->bits ? v->bits : 8 * (unsigned)(v->n < 8 ? v->n : 8);
	uint64_t n = from_bytes(v->bytes, v->n) >> v->shift;

	/* A bit-field of 64 bits may lie across nine bytes. */
	if (v->shift && v->n > 8)
		n |= (uint64_t)v->bytes[8] << (64 - v->shift);
	if (!bits || bits >= 64)
		return (int64_t)n;
	n &= (UINT64_C(1) << bits) - 1;
	if (v->type->is_signed && n >> (bits - 1))
		n |= ~UINT64_C(0) << bits;
	return (int64_t)n;
}

double value_real(const struct value *v)
{
	uint64_t wide = from_bytes(v->bytes, v->n);
	uint32_t bits = (uint32_t)wide;
	float single;
	double real;

	if (v->type->kind != TYPE_FLOAT)
		return v->type->is_signed ? (double)value_integer(v)
		                          : (double)(uint64_t)value_integer(v);
	if (v->n == 4) {
		memcpy(&single, &bits, sizeof single);
		return (double)single;
	}
	memcpy(&real, &wide, sizeof real);
	return real;
}

static bool give_integer(struct evaluation *e, const struct type *t, uint64_t n, struct value *v)
{
	uint8_t *bytes = arena_take(&e->arena, 8);

	if (t->kind == TYPE_BOOL)
		n = n != 0;
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(n >> 8 * i);
	*v = (struct value){.type = t, .bytes = bytes, .n = t->size < 8 ? t->size : 8};
	return true;
}

static bool give_real(struct evaluation *e, const struct type *t, double real, struct value *v)
{
	float single = (float)real;
	uint32_t bits;
	uint64_t wide;

	if (t->size == 4)
		memcpy(&bits, &single, 4), wide = bits;
	else
		memcpy(&wide, &real, 8);
	give_integer(e, t, wide, v);
	return true;
}

/* A number as another type has it. */
static bool convert(struct evaluation *e, const struct value *from, const struct type *t,
                    struct value *v)
{
	double real;

	if (t->kind == TYPE_FLOAT)
		return give_real(e, t, value_real(from), v);
	if (from->type->kind != TYPE_FLOAT)
		return give_integer(e, t, (uint64_t)value_integer(from), v);
	real = value_real(from);
	if (t->kind == TYPE_BOOL)
		return give_integer(e, t, real != 0, v);
	if (!(real > -9.3e18 && real < 1.85e19))
		return none(e, "the float is no integer");
	return give_integer(e, t, real < 0 ? (uint64_t)(int64_t)real : (uint64_t)real, v);
}

/* ---- memory ---- */

bool value_read(struct evaluation *e, struct value *v)
{
	enum { LARGEST = 1 << 20 };
	size_t n = v->bits ? (v->shift + v->bits + 7) / 8 : v->type->size;
	uint8_t *bytes;

	if (v->bytes || !v->in_memory)
		return true;
	if (n > LARGEST)
		return none(e, "it is too large");
	bytes = arena_take(&e->arena, n);
	if (n && (!e->machine.read || !e->machine.read(e->machine.ctx, v->addr, bytes, n))) {
		snprintf(e->why, sizeof e->why, "nothing can be read at 0x%llx",
		         (unsigned long long)v->addr);
		return false;
	}
	v->bytes = bytes;
	v->n = n;
	return true;
}

/* A part of it, `offset` bytes from its start. */
static bool part(struct evaluation *e, const struct value *of, uint64_t offset,
                 const struct type *type, struct value *v)
{
	*v = (struct value){.type = type};
	if (of->bytes && offset <= of->n && type->size <= of->n - offset) {
		v->bytes = of->bytes + offset;
		v->n = type->size;
	}
	if (of->in_memory) {
		v->in_memory = true;
		v->addr = of->addr + offset;
	} else if (!v->bytes) {
		return none(e, "it is not all there");
	}
	return true;
}

bool value_member(struct evaluation *e, const struct value *of, size_t index, struct value *v)
{
	const struct member *m = &of->type->members[index];
	const struct type *type = type_member(of->type, index);
	size_t size = (m->shift + m->bits + 7) / 8;

	if (!m->bits)
		return part(e, of, m->offset, type, v);
	*v = (struct value){.type = type, .bits = m->bits, .shift = m->shift};
	v->in_memory = of->in_memory;
	v->addr = of->addr + m->offset;
	if (of->bytes && m->offset <= of->n && size <= of->n - m->offset) {
		v->bytes = of->bytes + m->offset;
		v->n = size;
	}
	return v->bytes || v->in_memory || none(e, "it is not all there");
}

/* Where a pointer leads, or an array is. */
static bool place_of(struct evaluation *e, struct value *v, uint64_t *addr)
{
	if (v->type->kind == TYPE_ARRAY) {
		*addr = v->addr;
		return v->in_memory || none(e, "it has no address: it is not in memory");
	}
	if (!value_read(e, v))
		return false;
	*addr = (uint64_t)value_integer(v);
	return true;
}

bool value_element(struct evaluation *e, const struct value *of, uint64_t index, struct value *v)
{
	const struct type *type = type_target(of->type);
	struct value copy = *of;
	uint64_t addr;

	if (of->type->kind == TYPE_ARRAY && of->bytes &&
	    index < of->n / (type->size ? type->size : 1))
		return part(e, of, index * type->size, type, v);
	if (!place_of(e, &copy, &addr))
		return false;
	*v = (struct value){.type = type, .in_memory = true, .addr = addr + index * type->size};
	if (e->isa->word == 4)
		v->addr = (uint32_t)v->addr;
	return true;
}

/* ---- variables ---- */

static bool piece_bytes(struct evaluation *e, const struct location_piece *p, size_t n,
                        uint8_t *bytes)
{
	const char *why = p->why;
	uint64_t v;

	switch (p->kind) {
	case LOCATION_NONE:
		return none(e, why);
	case LOCATION_BYTES:
		memcpy(bytes, p->bytes, n < p->nbytes ? n : p->nbytes);
		return true;
	case LOCATION_REGISTER:
		if (!e->machine.reg || !e->machine.reg(e->machine.ctx, p->reg, &v))
			return none(e, "it is in a register that is not known");
		break;
	case LOCATION_VALUE:
		if (n > e->isa->word && piece_needs_entry(p))
			return none(e, "a call site tells no more than a word of it");
		if (!location_run(p, &e->machine, &v, &why))
			return none(e, why);
		break;
	case LOCATION_MEMORY:
		if (!location_run(p, &e->machine, &v, &why))
			return none(e, why);
		return (e->machine.read && e->machine.read(e->machine.ctx, v, bytes, n)) ||
		       none(e, "a part of it cannot be read");
	}
	for (size_t i = 0; i < n; i++)
		bytes[i] = i < 8 ? (uint8_t)(v >> 8 * i) : 0;
	return true;
}

static bool variable(struct evaluation *e, const struct node *n, struct value *v)
{
	const struct location *l = &n->variable->location;
	const char *why;
	uint8_t *bytes;
	size_t at = 0, size = n->type->size, some;

	*v = (struct value){.type = n->type};
	if (l->npieces == 1 && l->pieces->kind == LOCATION_MEMORY && !l->pieces->size) {
		v->in_memory = true;
		return location_run(l->pieces, &e->machine, &v->addr, &why) || none(e, why);
	}
	/* A value of two registers may be said to be in the first one. */
	if (l->npieces == 1 && l->pieces->kind == LOCATION_REGISTER && size > e->isa->word)
		return none(e, "nothing tells where all of it is");
	bytes = arena_take(&e->arena, size);
	for (size_t i = 0; i < l->npieces && at < size; i++, at += some) {
		some = l->pieces[i].size ? l->pieces[i].size : size;
		some = some < size - at ? some : size - at;
		if (!piece_bytes(e, &l->pieces[i], some, bytes + at))
			return false;
	}
	v->bytes = bytes;
	v->n = size;
	return at >= size || none(e, "it is not all there");
}

/* ---- operators ---- */

static bool number_at(struct evaluation *e, const struct node *n, struct value *v)
{
	uint64_t addr;

	if (!value_of(e, n, v))
		return false;
	if (n->type->kind != TYPE_ARRAY)
		return value_read(e, v);
	return place_of(e, v, &addr) &&
	       give_integer(e, type_pointer_to(e->types, type_target(n->type)), addr, v);
}

static bool truth(const struct value *v)
{
	return v->type->kind == TYPE_FLOAT ? value_real(v) != 0 : value_integer(v) != 0;
}

static bool unary(struct evaluation *e, const struct node *n, struct value *v)
{
	struct value a, b;
	uint64_t x;

	if (!number_at(e, n->kid[0], &a))
		return false;
	if (n->op == '!')
		return give_integer(e, n->type, !truth(&a), v);
	if (!convert(e, &a, n->type, &b))
		return false;
	if (n->type->kind == TYPE_FLOAT)
		return give_real(e, n->type, n->op == '-' ? -value_real(&b) : value_real(&b), v);
	x = (uint64_t)value_integer(&b);
	return give_integer(e, n->type, n->op == '-' ? 0 - x : n->op == '~' ? ~x : x, v);
}

static bool real_operator(struct evaluation *e, const struct node *n, double a, double b,
                          struct value *v)
{
	switch (n->op) {
	case '+':
		return give_real(e, n->type, a + b, v);
	case '-':
		return give_real(e, n->type, a - b, v);
	case '*':
		return give_real(e, n->type, a * b, v);
	default:
		return give_real(e, n->type, a / b, v);
	}
}

static bool divide(struct evaluation *e, const struct node *n, int64_t a, int64_t b,
                   struct value *v)
{
	uint64_t x = (uint64_t)a, y = (uint64_t)b;

	if (b == 0)
		return none(e, "it divides by zero");
	if (!n->type->is_signed)
		return give_integer(e, n->type, n->op == '/' ? x / y : x % y, v);
	if (b == -1)
		return give_integer(e, n->type, n->op == '/' ? 0 - x : 0, v);
	return give_integer(e, n->type, (uint64_t)(n->op == '/' ? a / b : a % b), v);
}

static bool integer_operator(struct evaluation *e, const struct node *n, int64_t a, int64_t b,
                             struct value *v)
{
	uint64_t x = (uint64_t)a, y = (uint64_t)b;

	switch (n->op) {
	case '+':
		return give_integer(e, n->type, x + y, v);
	case '-':
		return give_integer(e, n->type, x - y, v);
	case '*':
		return give_integer(e, n->type, x * y, v);
	case '&':
		return give_integer(e, n->type, x & y, v);
	case '|':
		return give_integer(e, n->type, x | y, v);
	case '^':
		return give_integer(e, n->type, x ^ y, v);
	default:
		return divide(e, n, a, b, v);
	}
}

static bool shift(struct evaluation *e, const struct node *n, const struct value *a,
                  const struct value *b, struct value *v)
{
	int64_t by = value_integer(b), x = value_integer(a);

	if (by < 0 || by >= (int64_t)(8 * n->type->size))
		return none(e, "it shifts by more bits than there are");
	if (n->op == OP2('<', '<'))
		return give_integer(e, n->type, (uint64_t)x << by, v);
	return give_integer(e, n->type,
	                    n->type->is_signed ? (uint64_t)(x >> by) : (uint64_t)x >> by, v);
}

static int order(bool less, bool equal)
{
	return less ? -1 : !equal;
}

/* C's rule: the larger type decides, of equal ones an unsigned one; what is smaller than int is
   int. */
static bool compared_signed(const struct type *a, const struct type *b)
{
	uint64_t size = a->size < 4 ? 4 : a->size, other = b->size < 4 ? 4 : b->size;
	bool is_signed = a->size < 4 || a->is_signed, others = b->size < 4 || b->is_signed;

	return size == other ? is_signed && others : size > other ? is_signed : others;
}

static bool compare(struct evaluation *e, const struct node *n, const struct value *a,
                    const struct value *b, struct value *v)
{
	bool real = a->type->kind == TYPE_FLOAT || b->type->kind == TYPE_FLOAT;
	bool is_signed = compared_signed(a->type, b->type);
	int64_t x = value_integer(a), y = value_integer(b);
	int o = is_signed ? order(x < y, x == y)
	                  : order((uint64_t)x < (uint64_t)y, (uint64_t)x == (uint64_t)y);
	bool nan = false;

	if (!real && !is_signed && a->type->size <= 4 && b->type->size <= 4)
		o = order((uint32_t)x < (uint32_t)y, (uint32_t)x == (uint32_t)y);
	if (real) {
		double p = value_real(a), q = value_real(b);

		nan = p != p || q != q;
		o = order(p < q, p == q);
	}
	switch (n->op) {
	case '<':
		return give_integer(e, n->type, !nan && o < 0, v);
	case '>':
		return give_integer(e, n->type, !nan && o > 0, v);
	case OP2('<', '='):
		return give_integer(e, n->type, !nan && o <= 0, v);
	case OP2('>', '='):
		return give_integer(e, n->type, !nan && o >= 0, v);
	case OP2('=', '='):
		return give_integer(e, n->type, !nan && o == 0, v);
	default:
		return give_integer(e, n->type, nan || o != 0, v);
	}
}

static bool compare_text(struct evaluation *e, const struct node *n, struct value *v)
{
	unsigned bytes = text_bytes(n);
	bool same = true;
	struct value of, at;

	if (!value_of(e, n->kid[0], &of))
		return false;
	for (unsigned i = 0; same && i < bytes; i++) {
		if (!value_element(e, &of, i, &at) || !value_read(e, &at))
			return false;
		same = *at.bytes == (uint8_t)n->kid[1]->name[i];
	}
	return give_integer(e, n->type, same == (n->op == OP2('=', '=')), v);
}

static bool pointer_operator(struct evaluation *e, const struct node *n, const struct value *a,
                             const struct value *b, struct value *v)
{
	bool left = type_is_place(n->kid[0]->type);
	uint64_t size = type_target(left ? n->kid[0]->type : n->kid[1]->type)->size;
	uint64_t x = (uint64_t)value_integer(a), y = (uint64_t)value_integer(b);

	size = size ? size : 1; /* void: as GNU C has it */
	if (n->type->kind != TYPE_POINTER)
		return give_integer(e, n->type, (uint64_t)((int64_t)(x - y) / (int64_t)size), v);
	if (!left)
		return give_integer(e, n->type, y + x * size, v);
	return give_integer(e, n->type, n->op == '+' ? x + y * size : x - y * size, v);
}

static bool logic(struct evaluation *e, const struct node *n, struct value *v)
{
	bool either = n->op == OP2('|', '|');
	struct value a;

	if (!number_at(e, n->kid[0], &a))
		return false;
	if (truth(&a) == either)
		return give_integer(e, n->type, either, v);
	return number_at(e, n->kid[1], &a) && give_integer(e, n->type, truth(&a), v);
}

static bool binary(struct evaluation *e, const struct node *n, struct value *v)
{
	struct value a, b, x, y;

	if (n->op == OP2('&', '&') || n->op == OP2('|', '|'))
		return logic(e, n, v);
	if (node_compares_text(n))
		return compare_text(e, n, v);
	if (!number_at(e, n->kid[0], &a) || !number_at(e, n->kid[1], &b))
		return false;
	if (op_is_comparison(n->op))
		return compare(e, n, &a, &b, v);
	if (type_is_place(n->kid[0]->type) || type_is_place(n->kid[1]->type))
		return pointer_operator(e, n, &a, &b, v);
	if (!convert(e, &a, n->type, &x))
		return false;
	if (n->op == OP2('<', '<') || n->op == OP2('>', '>'))
		return shift(e, n, &x, &b, v);
	if (!convert(e, &b, n->type, &y))
		return false;
	if (n->type->kind == TYPE_FLOAT)
		return real_operator(e, n, value_real(&x), value_real(&y), v);
	return integer_operator(e, n, value_integer(&x), value_integer(&y), v);
}

static bool choice(struct evaluation *e, const struct node *n, struct value *v)
{
	const struct node *side;
	struct value c, a;

	if (!number_at(e, n->kid[0], &c))
		return false;
	side = n->kid[truth(&c) ? 1 : 2];
	if (!type_is_scalar(n->type) || n->type->kind == TYPE_POINTER)
		return value_of(e, side, v);
	return number_at(e, side, &a) && convert(e, &a, n->type, v);
}

static bool element(struct evaluation *e, const struct node *n, struct value *v)
{
	struct value of, index;

	if (!value_of(e, n->kid[0], &of) || !number_at(e, n->kid[1], &index) ||
	    !value_element(e, &of, (uint64_t)value_integer(&index), v))
		return false;
	if (n->kind == NODE_SLICE) {
		v->type = n->type;
		v->n = v->bytes ? n->type->size : 0;
		if (v->bytes && !v->in_memory && v->bytes + n->type->size > of.bytes + of.n)
			return none(e, "it is not all there");
		if (v->in_memory)
			v->bytes = NULL;
	}
	return true;
}

static bool deref(struct evaluation *e, const struct node *n, struct value *v)
{
	struct value p;

	return value_of(e, n->kid[0], &p) && value_element(e, &p, 0, v);
}

static bool address(struct evaluation *e, const struct node *n, struct value *v)
{
	struct value of;

	if (!value_of(e, n->kid[0], &of))
		return false;
	if (!of.in_memory)
		return none(e, "it has no address: it is not in memory");
	return give_integer(e, n->type, of.addr, v);
}

static bool core_register(struct evaluation *e, const struct node *n, struct value *v)
{
	uint64_t word;

	if (!e->core || !e->core(e->ctx, n->reg, &word))
		return none(e, "that register is not known there");
	return give_integer(e, n->type, word, v);
}

static bool special(struct evaluation *e, const struct node *n, struct value *v)
{
	return (e->special && e->special(e->ctx, n->name, v)) || none(e, "it is not known there");
}

bool value_of(struct evaluation *e, const struct node *n, struct value *v)
{
	struct value a;

	if (e->known && e->known(e->ctx, n, v))
		return v->bytes || v->in_memory || none(e, "unreadable");
	switch (n->kind) {
	case NODE_INTEGER:
		return give_integer(e, n->type, n->integer, v);
	case NODE_FLOAT:
		return give_real(e, n->type, n->real, v);
	case NODE_VARIABLE:
		return variable(e, n, v);
	case NODE_REGISTER:
		return core_register(e, n, v);
	case NODE_SPECIAL:
		return special(e, n, v);
	case NODE_MEMBER:
		return value_of(e, n->kid[0], &a) && value_member(e, &a, n->member, v);
	case NODE_INDEX:
	case NODE_SLICE:
		return element(e, n, v);
	case NODE_DEREF:
		return deref(e, n, v);
	case NODE_ADDRESS:
		return address(e, n, v);
	case NODE_CAST:
		return number_at(e, n->kid[0], &a) && convert(e, &a, n->type, v);
	case NODE_UNARY:
		return unary(e, n, v);
	case NODE_BINARY:
		return binary(e, n, v);
	case NODE_CHOICE:
		return choice(e, n, v);
	case NODE_TEXT:
	case NODE_NAME:
	case NODE_ARROW:
	case NODE_SIZEOF:
		break; /* gone since it was resolved */
	}
	return none(e, "it has no value");
}
