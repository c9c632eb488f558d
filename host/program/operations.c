/* SPDX-License-Identifier: MIT */
/*
 * Reads DWARF expressions: see operations.h. Follows DWARF 5, 2.5 and 2.6, and the GNU operations
 * that became part of it.
 */
#include "program/operations.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "program/declaration.h"
#include "program/registers.h"

enum { DEEPEST = 32 };

struct machine {
	const struct place_context *ctx;
	struct term stack[DEEPEST];
	unsigned n;
	bool entry;         /* a value at the function's entry was needed */
	char *unread;       /* why it cannot be read; NULL: it can */
	unsigned operation; /* the last one */
};

/* -- terms -- */

static char *number_text(int64_t v)
{
	if (v > -4096 && v < 4096)
		return format_string("%lld", (long long)v);
	return format_string("0x%llx", (unsigned long long)v);
}

char *term_text(const struct term *t)
{
	if (!t->base)
		return number_text(t->off);
	if (!t->off)
		return copy_string(t->base);
	return format_string("%s%+lld", t->base, (long long)t->off);
}

static void cannot(struct machine *m, const char *why, unsigned operation)
{
	if (!m->unread)
		m->unread = format_string("%s (operation 0x%02x)", why, operation);
}

static void push(struct machine *m, char *base, int64_t off)
{
	if (m->n == DEEPEST) {
		cannot(m, "an expression too deep", m->operation);
		free(base);
		return;
	}
	m->stack[m->n++] = (struct term){base, off};
}

static struct term pop(struct machine *m)
{
	if (m->n)
		return m->stack[--m->n];
	cannot(m, "an expression that is damaged", m->operation);
	return (struct term){0};
}

static void clear(struct machine *m)
{
	while (m->n)
		free(m->stack[--m->n].base);
}

static void push_copy(struct machine *m, unsigned from_top)
{
	const struct term *t;

	if (from_top >= m->n) {
		cannot(m, "an expression that is damaged", m->operation);
		return;
	}
	t = &m->stack[m->n - 1 - from_top];
	push(m, t->base ? copy_string(t->base) : NULL, t->off);
}

/* Within a larger formula: a sum stands in brackets. */
static char *operand(struct term t)
{
	char *text = term_text(&t), *to;
	bool simple = (!t.base || !t.off) && strcspn(text, " ") == strlen(text);

	free(t.base);
	if (simple)
		return text;
	to = format_string("(%s)", text);
	free(text);
	return to;
}

/* -- operations -- */

static const struct {
	unsigned op;
	const char *sign;
} binaries[] = {
        {DW_OP_and, "&"},   {DW_OP_or, "|"},    {DW_OP_xor, "^"}, {DW_OP_shl, "<<"},
        {DW_OP_shr, ">>"},  {DW_OP_mul, "*"},   {DW_OP_div, "/"}, {DW_OP_mod, "%"},
        {DW_OP_eq, "=="},   {DW_OP_ne, "!="},   {DW_OP_lt, "<"},  {DW_OP_gt, ">"},
        {DW_OP_le, "<="},   {DW_OP_shra, ">>"}, {DW_OP_ge, ">="}, {DW_OP_plus, "+"},
        {DW_OP_minus, "-"},
};

static void add(struct machine *m, struct term a, struct term b, int sign)
{
	char *first, *second;

	if (!b.base) {
		push(m, a.base, a.off + sign * b.off);
		return;
	}
	if (!a.base && sign > 0) {
		push(m, b.base, a.off + b.off);
		return;
	}
	first = operand(a);
	second = operand(b);
	push(m, format_string("%s %c %s", first, sign > 0 ? '+' : '-', second), 0);
	free(first);
	free(second);
}

static bool binary(struct machine *m, unsigned op)
{
	for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++) {
		struct term a, b;
		char *first, *second;

		if (binaries[i].op != op)
			continue;
		b = pop(m);
		a = pop(m);
		if (op == DW_OP_plus || op == DW_OP_minus) {
			add(m, a, b, op == DW_OP_plus ? 1 : -1);
			return true;
		}
		first = operand(a);
		second = operand(b);
		push(m, format_string("%s %s %s", first, binaries[i].sign, second), 0);
		free(first);
		free(second);
		return true;
	}
	return false;
}

static void unary(struct machine *m, const char *before, const char *behind)
{
	struct term t = pop(m);
	bool in_brackets = *before == '[' || before[strlen(before) - 1] == '(';
	char *text;

	if (in_brackets) {
		text = term_text(&t);
		free(t.base);
	} else {
		text = operand(t);
	}
	push(m, format_string("%s%s%s", before, text, behind), 0);
	free(text);
}

/* swap, rot: the top goes below `depth` others. */
static void sink(struct machine *m, unsigned depth)
{
	struct term top;

	if (m->n <= depth) {
		cannot(m, "an expression that is damaged", m->operation);
		return;
	}
	top = m->stack[m->n - 1];
	memmove(&m->stack[m->n - depth], &m->stack[m->n - 1 - depth], depth * sizeof top);
	m->stack[m->n - 1 - depth] = top;
}

/* (int)X of DW_OP_convert and DW_OP_reinterpret; back to an address needs no word. */
static void convert(struct machine *m, const Dwarf_Op *op)
{
	Dwarf_Die type;
	char *name, *before;

	if (!op->number || !m->ctx->attr || dwarf_getlocation_die(m->ctx->attr, op, &type) != 0)
		return;
	name = declaration_of_type(&type);
	before = format_string("(%s)", name);
	unary(m, before, "");
	free(before);
	free(name);
}

/* Bytes of a constant, as a number where they are few. */
static char *bytes_text(const Dwarf_Block *block)
{
	uint64_t v = 0;

	if (block->length > sizeof v)
		return format_string("%llu bytes of a constant", (unsigned long long)block->length);
	for (Dwarf_Word i = 0; i < block->length; i++)
		v |= (uint64_t)block->data[i] << 8 * i;
	return number_text((int64_t)v);
}

static void typed_constant(struct machine *m, const Dwarf_Op *op)
{
	Dwarf_Attribute attr;
	Dwarf_Block block;
	Dwarf_Die type;
	char *name, *value;

	if (!m->ctx->attr || dwarf_getlocation_attr(m->ctx->attr, op, &attr) != 0 ||
	    dwarf_formblock(&attr, &block) != 0 ||
	    dwarf_getlocation_die(m->ctx->attr, op, &type) != 0) {
		cannot(m, "a constant that cannot be read", op->atom);
		return;
	}
	name = declaration_of_type(&type);
	value = bytes_text(&block);
	push(m, format_string("(%s)%s", name, value), 0);
	free(name);
	free(value);
}

/* An address or a constant of a table's, in a split unit. */
static void indexed(struct machine *m, const Dwarf_Op *op)
{
	Dwarf_Attribute attr;
	Dwarf_Addr addr;
	Dwarf_Word word;

	if (m->ctx->attr && dwarf_getlocation_attr(m->ctx->attr, op, &attr) == 0) {
		if (dwarf_formaddr(&attr, &addr) == 0) {
			push(m, NULL, (int64_t)addr);
			return;
		}
		if (dwarf_formudata(&attr, &word) == 0) {
			push(m, NULL, (int64_t)word);
			return;
		}
	}
	cannot(m, "an address that cannot be read", op->atom);
}

static void entry_value(struct machine *m, const Dwarf_Op *op)
{
	Dwarf_Attribute attr;
	Dwarf_Op *ops;
	size_t n;
	struct formula inner = {0};

	m->entry = true;
	if (m->ctx->attr && dwarf_getlocation_attr(m->ctx->attr, op, &attr) == 0 &&
	    dwarf_getlocation(&attr, &ops, &n) == 0) {
		struct place_context ctx = *m->ctx;

		ctx.attr = &attr;
		formula_read(&ctx, ops, n, &inner);
	}
	push(m, format_string("entry(%s)", inner.text ? inner.text : "?"), 0);
	free(inner.text);
}

/* A parameter that a copy of the function has no more: what the caller would have passed. */
static void parameter_value(struct machine *m, const Dwarf_Op *op)
{
	Dwarf_Die parameter;
	const char *name = m->ctx->attr && dwarf_getlocation_die(m->ctx->attr, op, &parameter) == 0
	                           ? dwarf_diename(&parameter)
	                           : NULL;

	m->entry = true;
	push(m, format_string("entry(%s)", name ? name : "?"), 0);
}

static void frame_relative(struct machine *m, int64_t off)
{
	const struct term *base = m->ctx->frame_base;

	if (base)
		push(m, base->base ? copy_string(base->base) : NULL, base->off + off);
	else
		push(m, copy_string("CFA"), off);
}

static bool is_between(unsigned op, unsigned first, unsigned last)
{
	return op >= first && op <= last;
}

/* Operations that push. */
static bool pushes(struct machine *m, const Dwarf_Op *op)
{
	if (is_between(op->atom, DW_OP_lit0, DW_OP_lit31)) {
		push(m, NULL, op->atom - DW_OP_lit0);
		return true;
	}
	if (is_between(op->atom, DW_OP_breg0, DW_OP_breg31)) {
		push(m, register_name(m->ctx->elf, op->atom - DW_OP_breg0), (int64_t)op->number);
		return true;
	}
	switch (op->atom) {
	case DW_OP_addr:
	case DW_OP_const1u:
	case DW_OP_const1s:
	case DW_OP_const2u:
	case DW_OP_const2s:
	case DW_OP_const4u:
	case DW_OP_const4s:
	case DW_OP_const8u:
	case DW_OP_const8s:
	case DW_OP_constu:
	case DW_OP_consts:
		push(m, NULL, (int64_t)op->number);
		return true;
	case DW_OP_bregx:
		push(m, register_name(m->ctx->elf, op->number), (int64_t)op->number2);
		return true;
	case DW_OP_regval_type:
	case DW_OP_GNU_regval_type:
		push(m, register_name(m->ctx->elf, op->number), 0);
		return true;
	case DW_OP_fbreg:
		frame_relative(m, (int64_t)op->number);
		return true;
	case DW_OP_call_frame_cfa:
		frame_relative(m, 0);
		return true;
	case DW_OP_addrx:
	case DW_OP_constx:
	case DW_OP_GNU_addr_index:
	case DW_OP_GNU_const_index:
		indexed(m, op);
		return true;
	case DW_OP_const_type:
	case DW_OP_GNU_const_type:
		typed_constant(m, op);
		return true;
	case DW_OP_entry_value:
	case DW_OP_GNU_entry_value:
		entry_value(m, op);
		return true;
	case DW_OP_GNU_parameter_ref:
		parameter_value(m, op);
		return true;
	default:
		return false;
	}
}

static void step(struct machine *m, const Dwarf_Op *op)
{
	m->operation = op->atom;
	if (pushes(m, op) || binary(m, op->atom))
		return;
	switch (op->atom) {
	case DW_OP_nop:
		break;
	case DW_OP_dup:
		push_copy(m, 0);
		break;
	case DW_OP_over:
		push_copy(m, 1);
		break;
	case DW_OP_pick:
		push_copy(m, (unsigned)op->number);
		break;
	case DW_OP_drop:
		free(pop(m).base);
		break;
	case DW_OP_swap:
		sink(m, 1);
		break;
	case DW_OP_rot:
		sink(m, 2);
		break;
	case DW_OP_deref:
	case DW_OP_deref_size:
	case DW_OP_deref_type:
	case DW_OP_GNU_deref_type:
		unary(m, "[", "]");
		break;
	case DW_OP_plus_uconst:
		push(m, NULL, (int64_t)op->number);
		binary(m, DW_OP_plus);
		break;
	case DW_OP_neg:
		unary(m, "-", "");
		break;
	case DW_OP_not:
		unary(m, "~", "");
		break;
	case DW_OP_abs:
		unary(m, "abs(", ")");
		break;
	case DW_OP_convert:
	case DW_OP_GNU_convert:
	case DW_OP_reinterpret:
	case DW_OP_GNU_reinterpret:
		convert(m, op);
		break;
	case DW_OP_skip:
	case DW_OP_bra:
		cannot(m, "an expression with branches", op->atom);
		break;
	case DW_OP_form_tls_address:
	case DW_OP_GNU_push_tls_address:
		cannot(m, "of each thread its own", op->atom);
		break;
	default:
		cannot(m, "an expression that this version does not read", op->atom);
	}
}

/* -- locations -- */

static bool is_register(const Dwarf_Op *op, uint64_t *number)
{
	*number = op->atom == DW_OP_regx ? op->number : (Dwarf_Word)op->atom - DW_OP_reg0;
	return op->atom == DW_OP_regx || is_between(op->atom, DW_OP_reg0, DW_OP_reg31);
}

static bool is_piece(const Dwarf_Op *op)
{
	return op->atom == DW_OP_piece || op->atom == DW_OP_bit_piece;
}

/* Where what the pointer points to is not: a variable that is nowhere in memory. */
static char *implicit_pointer(const struct place_context *ctx, const Dwarf_Op *op)
{
	Dwarf_Die to;
	const char *name = ctx->attr && dwarf_getlocation_die(ctx->attr, op, &to) == 0
	                           ? dwarf_diename(&to)
	                           : NULL;

	return op->number2 ? format_string("a pointer into %s, which is not in memory",
	                                   name ? name : "a value")
	                   : format_string("a pointer to %s, which is not in memory",
	                                   name ? name : "a value");
}

/* What is a whole location by itself. */
static bool read_whole(const struct place_context *ctx, const Dwarf_Op *op, struct formula *f)
{
	Dwarf_Block block;
	uint64_t number;

	if (is_register(op, &number)) {
		*f = (struct formula){FORMULA_TEXT, register_name(ctx->elf, number)};
		return true;
	}
	switch (op->atom) {
	case DW_OP_implicit_value:
		*f = (struct formula){FORMULA_UNREAD, NULL};
		if (ctx->attr && dwarf_getlocation_implicit_value(ctx->attr, op, &block) == 0)
			*f = (struct formula){FORMULA_VALUE, bytes_text(&block)};
		else
			f->text = copy_string("a constant that cannot be read");
		return true;
	case DW_OP_implicit_pointer:
	case DW_OP_GNU_implicit_pointer:
		*f = (struct formula){FORMULA_TEXT, implicit_pointer(ctx, op)};
		return true;
	default:
		return false;
	}
}

/* One location, up to where its piece ends, if it is one. */
static void read_simple(const struct place_context *ctx, const Dwarf_Op *ops, size_t n,
                        struct formula *f)
{
	struct machine m = {.ctx = ctx};
	bool value = false;

	*f = (struct formula){FORMULA_NONE, NULL};
	if (!n || (n == 1 && read_whole(ctx, ops, f)))
		return;
	for (size_t i = 0; i < n && !m.unread && !value; i++) {
		value = ops[i].atom == DW_OP_stack_value;
		if (!value)
			step(&m, &ops[i]);
	}
	if (!m.unread && !m.n)
		cannot(&m, "an expression without a value", m.operation);
	if (m.unread) {
		*f = (struct formula){FORMULA_UNREAD, m.unread};
	} else {
		const struct term *top = &m.stack[m.n - 1];

		f->kind = m.entry ? FORMULA_ENTRY : value ? FORMULA_VALUE : FORMULA_MEMORY;
		f->text = value || top->base
		                  ? term_text(top)
		                  : format_string("0x%08llx", (unsigned long long)top->off);
	}
	clear(&m);
}

static char *piece_text(const struct formula *f)
{
	switch (f->kind) {
	case FORMULA_MEMORY:
		return format_string("in [%s]", f->text);
	case FORMULA_NONE:
		return copy_string("gone");
	case FORMULA_VALUE:
		return format_string("= %s", f->text);
	case FORMULA_UNREAD:
		return copy_string(f->text);
	default:
		return format_string("in %s", f->text);
	}
}

struct pieces {
	char *text;
	uint64_t bits; /* so far */
	bool entry, unread, any;
};

/* "bytes 0-3 in r4", "bits 4-6 in r2 from bit 8" */
static void add_piece(struct pieces *p, const struct formula *f, const Dwarf_Op *op)
{
	bool of_bits = op->atom == DW_OP_bit_piece;
	uint64_t bits = op->number * (of_bits ? 1 : 8);
	unsigned unit = p->bits % 8 || bits % 8 ? 1 : 8;
	uint64_t first = p->bits / unit, last = (p->bits + bits) / unit - 1;
	char *its = piece_text(f), *longer, from[32] = "";

	if (of_bits && op->number2)
		snprintf(from, sizeof from, " from bit %u", (unsigned)op->number2);
	longer = format_string("%s%s%s %llu-%llu %s%s", p->text, *p->text ? ", " : "",
	                       unit == 8 ? "bytes" : "bits", (unsigned long long)first,
	                       (unsigned long long)last, its, from);
	p->bits += bits;
	p->entry |= f->kind == FORMULA_ENTRY;
	p->unread |= f->kind == FORMULA_UNREAD;
	p->any |= f->kind != FORMULA_NONE;
	free(its);
	free(p->text);
	p->text = longer;
}

static void read_pieces(const struct place_context *ctx, Dwarf_Op *ops, size_t n, struct formula *f)
{
	struct pieces p = {.text = copy_string("")};
	struct formula piece;

	for (size_t i = 0, from = 0; i < n; i++) {
		if (!is_piece(&ops[i]))
			continue;
		read_simple(ctx, ops + from, i - from, &piece);
		add_piece(&p, &piece, &ops[i]);
		free(piece.text);
		from = i + 1;
	}
	f->kind = p.unread  ? FORMULA_UNREAD
	          : p.entry ? FORMULA_ENTRY
	          : p.any   ? FORMULA_TEXT
	                    : FORMULA_NONE;
	f->text = p.text;
}

void formula_read(const struct place_context *ctx, Dwarf_Op *ops, size_t n, struct formula *f)
{
	if (n && is_piece(&ops[n - 1]))
		read_pieces(ctx, ops, n, f);
	else
		read_simple(ctx, ops, n, f);
}

bool formula_term(const struct place_context *ctx, Dwarf_Op *ops, size_t n, struct term *to)
{
	struct machine m = {.ctx = ctx};
	uint64_t number;
	bool read;

	if (n == 1 && is_register(ops, &number)) { /* of a frame base: the register's value */
		*to = (struct term){register_name(ctx->elf, number), 0};
		return true;
	}
	for (size_t i = 0; i < n && !m.unread; i++)
		step(&m, &ops[i]);
	read = m.n && !m.unread;
	if (read)
		*to = m.stack[--m.n];
	clear(&m);
	free(m.unread);
	return read;
}
