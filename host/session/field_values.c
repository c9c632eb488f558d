/* SPDX-License-Identifier: MIT */
/*
 * Values of one hit, from the registers that it recorded, from what its fetch program has brought,
 * and from what the ELF says of memory that does not change: see fields.h.
 */
#include "session/fields.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "expr/entry.h"
#include "expr/fetch.h"
#include "expr/scope.h"

struct field_values {
	const struct fields *f;
	struct brought hit;
	struct evaluation e;
	bool asked; /* for memory that may change */
};

static bool core(void *ctx, unsigned reg, uint64_t *v)
{
	const struct field_values *h = ctx;

	if (!h->hit.regs) {
		*v = 0;
		return true;
	}
	if (!(h->hit.mask >> reg & 1))
		return false;
	*v = h->hit.regs[reg];
	return true;
}

static bool by_dwarf(void *ctx, unsigned number, uint64_t *v)
{
	const struct field_values *h = ctx;

	for (unsigned i = 0; i < h->f->isa->ncore; i++)
		if (h->f->isa->regs[i].dwarf == number)
			return core(ctx, i, v);
	return false;
}

/* As the caller's call site tells. */
static bool at_entry(void *ctx, unsigned reg, uint64_t *v, const char **why)
{
	const struct field_values *h = ctx;

	*v = 0;
	if (!h->hit.regs)
		return true;
	*why = "the hit has brought no stack";
	return h->hit.captured && h->hit.unwinder &&
	       unwind_entry(h->hit.unwinder, h->hit.captured, reg, v, why);
}

/* What the target has brought, or what the ELF says, where nobody can have written since. */
static bool read_memory(void *ctx, uint64_t addr, void *to, size_t n)
{
	struct field_values *h = ctx;
	const struct elf_section *s = elf_section_at(h->f->elf, addr);

	if ((h->hit.output && fetch_read(h->hit.output, addr, to, n)) ||
	    (h->hit.captured && captured_read(h->hit.captured, h->f->isa->word, addr, to, n)))
		return true;
	if (!s || s->writable || !s->bytes || n > s->size - (addr - s->addr)) {
		h->asked = true;
		return false;
	}
	memcpy(to, s->bytes + (addr - s->addr), n);
	return true;
}

/* A value in one register, or in two of them. */
static bool from_registers(struct field_values *h, const struct field *d, struct value *v)
{
	unsigned word = h->f->isa->word;
	size_t size = d->type->size;
	uint8_t *bytes = arena_take(&h->e.arena, 2 * (size_t)word);
	uint64_t n = 0;

	for (unsigned i = 0; i * word < size; i++) {
		if (!core(h, d->reg + i, &n))
			return false;
		for (unsigned k = 0; k < word; k++)
			bytes[i * word + k] = (uint8_t)(n >> 8 * k);
	}
	*v = (struct value){.type = d->type, .bytes = bytes, .n = size};
	return true;
}

/* A word, where nothing tells its type. */
const struct type *fields_returned(const struct fields *f)
{
	return f->returns && f->returns->kind != TYPE_VOID
	               ? f->returns
	               : type_integer(f->types, f->isa->word, false);
}

static bool special_value(void *ctx, const char *name, struct value *v)
{
	struct field_values *h = ctx;
	const struct tl_isa *isa = h->f->isa;
	bool is_result = strcmp(name, "retval") == 0;
	struct field d = {.type = is_result ? fields_returned(h->f)
	                                    : type_integer(h->f->types, isa->word, false),
	                  .reg = is_result ? isa->retval[0] : isa->args[(name[3] - '1') & 7]};

	if (strcmp(name, "cycles") == 0) {
		uint8_t *bytes = arena_take(&h->e.arena, sizeof h->hit.ticks);

		for (unsigned i = 0; i < sizeof h->hit.ticks; i++)
			bytes[i] = (uint8_t)(h->hit.ticks >> 8 * i);
		*v = (struct value){.type = type_integer(h->f->types, sizeof h->hit.ticks, false),
		                    .bytes = bytes,
		                    .n = sizeof h->hit.ticks};
		return true;
	}
	return from_registers(h, &d, v);
}

static bool known(void *ctx, const struct node *n, struct value *v)
{
	struct field_values *h = ctx;

	return h->hit.output && fetch_known(h->hit.output, n, &h->e.arena, v);
}

struct field_values *fields_at(const struct fields *f, const struct brought *hit)
{
	struct field_values *h = grow(NULL, 1, sizeof *h);

	*h = (struct field_values){.f = f, .hit = *hit};
	h->e = (struct evaluation){
	        .isa = f->isa,
	        .machine = {by_dwarf, read_memory, h, f->isa->word, at_entry},
	        .core = core,
	        .special = special_value,
	        .known = known,
	        .ctx = h,
	        .types = f->types,
	};
	return h;
}

struct evaluation *field_evaluation(struct field_values *h)
{
	return &h->e;
}

void field_values_free(struct field_values *h)
{
	arena_free(&h->e.arena);
	free(h);
}

bool field_value(struct field_values *h, size_t index, struct value *v, const char **why)
{
	const struct field *d = &h->f->at[index];

	*why = d->why;
	if (d->why)
		return false;
	if (!d->tree) {
		*why = "its register was not recorded";
		return from_registers(h, d, v);
	}
	*why = h->e.why;
	return value_of(&h->e, d->tree->root, v) && value_read(&h->e, v);
}

/* ---- is it worked out from registers alone? ---- */

/* Is it another at each hit? */
static bool varies(const struct node *n)
{
	if (n->kind == NODE_REGISTER || n->kind == NODE_SPECIAL || n->kind == NODE_VARIABLE)
		return true;
	for (unsigned i = 0; i < 3; i++)
		if (n->kid[i] && varies(n->kid[i]))
			return true;
	return false;
}

static bool at_register(const struct location_piece *p)
{
	for (size_t i = 0; p->kind == LOCATION_MEMORY && i < p->nops; i++)
		if ((p->ops[i].atom >= DW_OP_breg0 && p->ops[i].atom <= DW_OP_breg31) ||
		    p->ops[i].atom == DW_OP_bregx)
			return true;
	return false;
}

/* Is it at an address that registers tell, or worked out from what is there, or a part of it? */
static bool in_frame(const struct node *n)
{
	const struct location *l = n->kind == NODE_VARIABLE ? &n->variable->location : NULL;

	for (size_t i = 0; l && i < l->npieces; i++)
		if (at_register(&l->pieces[i]) || location_reads(&l->pieces[i]))
			return true;
	return false;
}

/* Is there a pointer that is followed? Elements of an array that has a place are none. */
static bool follows(const struct node *n)
{
	const struct node *from = n->kid[0];

	if ((n->kind == NODE_DEREF || n->kind == NODE_INDEX || n->kind == NODE_SLICE) &&
	    from->type->kind == TYPE_POINTER && varies(from))
		return true;
	if (in_frame(n))
		return true;
	for (unsigned i = 0; i < 3; i++)
		if (n->kid[i] && n->kind != NODE_ADDRESS && follows(n->kid[i]))
			return true;
	return false;
}

/* Tried with registers of zero. */
static bool needs(const struct fields *f, const struct node *n)
{
	struct field_values *h = fields_at(f, &(struct brought){0});
	struct value v;
	bool asked;

	h->asked = follows(n);
	if (value_of(&h->e, n, &v))
		value_read(&h->e, &v);
	asked = h->asked;
	field_values_free(h);
	return asked;
}

/* Where a value at the function's entry is needed, the host reads; of its other operands the target
   may have to read some. */
static bool needs_beside(const struct fields *f, const struct node *n)
{
	if (!node_needs_entry(n))
		return needs(f, n);
	for (unsigned i = 0; i < 3; i++)
		if (n->kid[i] && type_is_scalar(n->kid[i]->type) && needs_beside(f, n->kid[i]))
			return true;
	return false;
}

bool field_needs_memory(const struct fields *f, const struct field *d)
{
	return needs_beside(f, d->tree->root);
}
