/* SPDX-License-Identifier: MIT */
/*
 * Values of a hit by name: see fields.h.
 *
 * At a function's first instruction its parameters are where the calling convention has them,
 * whatever DWARF says of where the function will put them. Follows the Procedure Call Standard for
 * the Arm Architecture, 6 (parameters and results), and the RISC-V Calling Convention, 2 (integer),
 * as far as whole words in a row go.
 */
#include "session/fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "expr/resolve.h"
#include "program/lookup.h"

static const char in_memory[] = "it is in memory, and a hit records registers",
                  in_fpu[] = "it is in a register of the FPU, and a hit records none";

/* ---- registers and memory of one hit ---- */

struct field_values {
	const struct fields *f;
	const uintptr_t *regs;
	uintptr_t mask;
	struct evaluation e;
	bool asked; /* for memory that may change */
};

static bool core(void *ctx, unsigned reg, uint64_t *v)
{
	const struct field_values *h = ctx;

	if (!h->regs) {
		*v = 0;
		return true;
	}
	if (!(h->mask >> reg & 1))
		return false;
	*v = h->regs[reg];
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

/* What the ELF says, where nobody can have written since. */
static bool read_constant(void *ctx, uint64_t addr, void *to, size_t n)
{
	struct field_values *h = ctx;
	const struct elf_section *s = elf_section_at(h->f->elf, addr);

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
static const struct type *returned(const struct fields *f)
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
	struct field d = {.type = is_result ? returned(h->f)
	                                    : type_integer(h->f->types, isa->word, false),
	                  .reg = is_result ? isa->retval[0] : isa->args[name[3] - '1']};

	return from_registers(h, &d, v);
}

struct field_values *fields_at(const struct fields *f, const uintptr_t *regs, uintptr_t mask)
{
	struct field_values *h = grow(NULL, 1, sizeof *h);

	*h = (struct field_values){.f = f, .regs = regs, .mask = mask};
	h->e = (struct evaluation){
	        .isa = f->isa,
	        .machine = {by_dwarf, read_constant, h, f->isa->word},
	        .core = core,
	        .special = special_value,
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

/* ---- parameters and results ---- */

/* Is it passed in one core register, whatever came before it? */
static bool is_word(const struct fields *f, const struct type *t)
{
	return type_is_scalar(t) && t->size && t->size <= f->isa->word &&
	       (t->kind != TYPE_FLOAT || !f->elf->files->hard_float);
}

static struct field *add(struct fields *f, const char *name)
{
	f->at = grow(f->at, f->n + 1, sizeof *f->at);
	f->at[f->n] = (struct field){.name = name};
	return &f->at[f->n++];
}

struct call {
	struct fields *f;
	unsigned next; /* argument register */
	bool in_a_row; /* all before were whole words */
};

static bool parameter(void *ctx, const char *name, struct variable *v)
{
	struct call *c = ctx;
	const struct tl_isa *isa = c->f->isa;
	struct field *d = add(c->f, name);

	location_free(&v->location);
	d->type = v->type;
	if (v->type->kind == TYPE_FLOAT && c->f->elf->files->hard_float) {
		d->why = in_fpu; /* which takes no core register */
		return true;
	}
	c->in_a_row &= is_word(c->f, v->type);
	if (!c->in_a_row) {
		d->why = "where it is passed is not known";
	} else if (c->next == isa->nargs) {
		d->why = "it is on the stack, and a hit records registers";
	} else {
		d->reg = isa->args[c->next++];
		d->in_register = true;
		c->f->mask |= (uintptr_t)1 << d->reg;
	}
	return true;
}

/* Results that are larger are written where the caller says, by a first argument of its own. */
static bool returned_in_registers(const struct type *t, const struct tl_isa *isa)
{
	bool arm = isa->word == 4 && isa->insn_align == 2 && isa->nargs == 4;

	if (t->kind == TYPE_STRUCT || t->kind == TYPE_ARRAY)
		return t->size <= (arm ? 4u : 2u * isa->word);
	return t->size <= 2u * isa->word;
}

static bool in_fp_register(const struct fields *f, const struct type *t)
{
	return (t->kind == TYPE_FLOAT || t->kind == TYPE_STRUCT) && f->elf->files->hard_float;
}

static void result(struct fields *f)
{
	const struct type *t = f->returns;
	struct field *d;

	if (t->kind == TYPE_VOID)
		return;
	d = add(f, "$retval");
	d->type = t;
	if (t->kind == TYPE_STRUCT)
		type_complete(t);
	d->reg = f->isa->retval[0];
	if (in_fp_register(f, t))
		d->why = in_fpu;
	else if (!t->size || !returned_in_registers(t, f->isa))
		d->why = in_memory;
	else
		d->in_register = true;
	f->mask |= (uintptr_t)1 << f->isa->retval[0];
	if (t->size > f->isa->word)
		f->mask |= (uintptr_t)1 << f->isa->retval[1];
}

static bool is_entry(const struct fields *f, uint64_t addr)
{
	const struct elf_symbol *func = elf_func_at(f->elf, addr);

	return func && func->addr == addr;
}

/* The parameters into `f`, and what is returned; false: there is no such function. */
static bool parameters(struct fields *f, uint64_t addr)
{
	struct scope s = {.elf = f->elf, .types = f->types, .pc = addr, .at = true};
	struct call call = {.f = f, .in_a_row = true};

	if (!is_entry(f, addr) || !scope_parameters(&s, parameter, &call, &f->returns))
		return false;
	if (f->returns->kind == TYPE_STRUCT)
		type_complete(f->returns);
	/* The first register says where the result goes, then. */
	for (size_t i = 0; i < f->n && !returned_in_registers(f->returns, f->isa); i++)
		f->at[i].why = "where it is passed is not known";
	return true;
}

static void usual(struct fields *f, const struct point *p)
{
	if (!parameters(f, p->addr))
		return;
	if (!p->at_return) {
		f->call = true;
		return;
	}
	f->n = 0;
	f->mask = 0;
	result(f);
	f->result = f->n;
}

/* ---- ARGs ---- */

struct words {
	const struct point *point;
	struct fields *f;
	struct fields parameters; /* of the function, where the point is at its entry */
};

static const struct type *special(void *ctx, const char *name, const char **why)
{
	const struct words *w = ctx;

	*why = "there are $retval at a return, and $arg1 and on at a function's entry";
	if (strcmp(name, "retval") == 0 && w->point->at_return)
		return returned(w->f);
	if (strncmp(name, "arg", 3) == 0 && name[3] > '0' && name[3] <= '0' + w->f->isa->nargs &&
	    !name[4] && !w->point->at_return && is_entry(w->f, w->point->addr))
		return type_integer(w->f->types, w->f->isa->word, false);
	return NULL;
}

/* NAME= in front of an ARG; what follows is the expression. */
static const char *expression_of(const char *word)
{
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return n && word[n] == '=' && word[n + 1] != '=' ? word + n + 1 : word;
}

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

/* Is there a pointer that is followed? Elements of an array that has a place are none. */
static bool follows(const struct node *n)
{
	const struct node *from = n->kid[0];

	if ((n->kind == NODE_DEREF || n->kind == NODE_INDEX || n->kind == NODE_SLICE) &&
	    from->type->kind == TYPE_POINTER && varies(from))
		return true;
	for (unsigned i = 0; i < 3; i++)
		if (n->kid[i] && n->kind != NODE_ADDRESS && follows(n->kid[i]))
			return true;
	return false;
}

/* Would it need memory at the hit? Tried with registers of zero. */
static bool needs_memory(struct fields *f, struct field *d)
{
	struct field_values *h = fields_at(f, NULL, 0);
	struct value v;
	bool asked;

	h->asked = follows(d->tree->root);

	if (value_of(&h->e, d->tree->root, &v))
		value_read(&h->e, &v);
	asked = h->asked;
	field_values_free(h);
	return asked;
}

/* At a function's first instruction a parameter is where it was passed. */
static void as_passed(const struct words *w, struct tree *t)
{
	for (struct node *n = t->nodes; n; n = n->next)
		for (size_t i = 0; n->kind == NODE_VARIABLE && i < w->parameters.n; i++) {
			const struct field *d = &w->parameters.at[i];
			struct location *l = &n->variable->location;

			if (n->global || !d->in_register || d->why || strcmp(d->name, n->name) != 0)
				continue;
			location_free(l);
			l->pieces = grow(NULL, 1, sizeof *l->pieces);
			*l->pieces = (struct location_piece){.kind = LOCATION_REGISTER,
			                                     .reg = w->f->isa->regs[d->reg].dwarf};
			l->npieces = 1;
		}
}

static int argument(struct fields *f, const char *word, const struct surroundings *s,
                    const struct words *w)
{
	const char *text = expression_of(word);
	struct field *d = add(f, word);

	d->tree = expr_make(text, s);
	if (text != word)
		d->name = tree_string(d->tree, word, (size_t)(text - word) - 1);
	if (!d->tree->root)
		return tree_say(d->tree, SYMBOL);
	as_passed(w, d->tree);
	if (!needs_memory(f, d))
		return DONE;
	fail(USAGE, "'%s' is in memory, and a hit records registers", text);
	hint("trapline print shows memory as it is now; GDB's tracepoints collect it at a hit");
	return USAGE;
}

static int arguments(struct fields *f, const struct point *p)
{
	struct scope scope = {.elf = f->elf, .types = f->types, .pc = p->addr, .at = !p->at_return};
	struct words w = {.point = p, .f = f, .parameters = *f};
	struct surroundings s = {
	        .scope = &scope, .isa = f->isa, .registers = true, .special = special, .ctx = &w};
	int status = DONE;

	if (parameters(&w.parameters, p->addr))
		f->returns = w.parameters.returns;
	for (unsigned i = 0; i < p->nargs && !status; i++)
		status = argument(f, p->args[i], &s, &w);
	free(w.parameters.at);
	f->mask = ~(uintptr_t)0;
	return status;
}

int fields_make(const struct point *p, const struct elf *elf, const struct tl_isa *isa,
                struct types *types, struct fields **fields)
{
	struct fields *f;
	int status = DONE;

	*fields = NULL;
	if (!elf || !lines_any(elf->lines)) {
		if (!p->nargs)
			return DONE;
		fail(SYMBOL, "'%s' needs the debug information of an ELF", p->args[0]);
		hint("give the firmware's ELF with -e, built with -g; or ask for registers: %%%s",
		     isa->regs[0].name);
		return SYMBOL;
	}
	f = grow(NULL, 1, sizeof *f);
	*f = (struct fields){.types = types, .elf = elf, .isa = isa};
	if (p->nargs)
		status = arguments(f, p);
	else if (!p->mask)
		usual(f, p);
	if (status || (!f->n && !f->call)) {
		fields_free(f);
		return status;
	}
	*fields = f;
	return DONE;
}

int fields_none(const struct points *points)
{
	for (size_t i = 0; i < points->n; i++)
		if (points->at[i].nargs) {
			fail(USAGE, "'%s': this command shows no hits", points->at[i].args[0]);
			hint("trapline watch shows values");
			return USAGE;
		}
	return DONE;
}

void fields_free(struct fields *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		tree_free(f->at[i].tree);
	free(f->at);
	free(f);
}
