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
		return fields_returned(w->f);
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
	return DONE;
}

/* ---- what the target works out ---- */

static int no_programs(const char *text, const char *what)
{
	fail(USAGE, "'%s' %s, and this agent has no fetch programs", text, what);
	hint("build the agent with TL_FETCH; trapline print shows memory as it is now, and GDB's "
	     "tracepoints collect it at a hit");
	return USAGE;
}

static int condition(const char *text, const struct surroundings *s, const struct words *w,
                     struct fetch *fetch)
{
	struct tree *t = expr_make(text, s);
	int status = DONE;

	if (t->root)
		as_passed(w, t);
	if (!t->root)
		status = tree_say(t, SYMBOL);
	else if (!fetch_condition(fetch, t))
		status = tree_say(t, USAGE);
	tree_free(t);
	return status;
}

/* Text behind a pointer is in memory, too, but a hit that has none of it is still worth having. */
static bool gains(const struct field *d)
{
	const struct type *t = d->tree->root->type;

	return t->kind == TYPE_POINTER && type_target(t)->kind == TYPE_CHAR;
}

/* Is there a program, and may there be? */
static int wanted(const struct fields *f, const struct point *p, bool able, bool *program)
{
	*program = p->condition;
	if (p->condition && !able)
		return no_programs(p->condition, "is decided on the target");
	for (size_t i = 0; i < f->n; i++) {
		const struct field *d = &f->at[i];
		bool needs = d->tree && field_needs_memory(f, d);

		if (needs && !able)
			return no_programs(d->tree->text, "is in memory");
		*program |= needs || (able && d->tree && gains(d));
	}
	return DONE;
}

/* What is recorded besides ARGs: registers that were asked for, or, where there are no ARGs, those
   that a hit shows. Where it was, the probe tells. */
static uintptr_t registers(const struct fields *f, const struct point *p)
{
	const struct tl_isa *isa = f->isa;
	uintptr_t all = ((uintptr_t)1 << isa->pc) - 1;

	for (unsigned i = isa->pc + 1u; i < isa->ncore; i++)
		all |= (uintptr_t)1 << i;
	if (p->nargs || p->mask)
		return p->mask;
	if (f->n || f->call)
		return f->mask | (f->call ? (uintptr_t)1 << isa->lr : 0);
	return all;
}

static int program(struct fields *f, const struct point *p, const struct surroundings *s,
                   const struct words *w, struct fetch *fetch)
{
	int status = p->condition ? condition(p->condition, s, w, fetch) : DONE;
	char *why;

	for (size_t i = 0; i < f->n && !status; i++)
		if (f->at[i].tree && !fetch_capture(fetch, f->at[i].tree))
			status = tree_say(f->at[i].tree, USAGE);
	if (status)
		return status;
	if (fetch_end(fetch, &why))
		return DONE;
	fail(USAGE, "%s: %s", p->name, why);
	hint("ask for less: fewer ARGs, members of structs, a[0..3]");
	free(why);
	return USAGE;
}

/* ARGs, the program that a hit runs for them and for `if`, or what is shown without ARGs. */
static int make(struct fields *f, const struct point *p, const struct fields_source *from,
                struct fetch **fetch)
{
	struct scope scope = {.elf = f->elf,
	                      .types = f->types,
	                      .pc = p->addr,
	                      .at = !p->at_return && !from->live};
	struct words w = {.point = p, .f = f, .parameters = *f};
	struct surroundings s = {.scope = &scope,
	                         .isa = f->isa,
	                         .registers = !from->live,
	                         .special = from->live ? NULL : special,
	                         .ctx = &w};
	int status = DONE;
	bool any;

	if (!from->live && parameters(&w.parameters, p->addr))
		f->returns = w.parameters.returns;
	for (unsigned i = 0; i < p->nargs && !status; i++)
		status = argument(f, p->args[i], &s, &w);
	if (p->nargs)
		f->mask = ~(uintptr_t)0;
	else if (!p->mask && !from->counts)
		usual(f, p);
	if (!status)
		status = wanted(f, p, from->fetch, &any);
	if (!status && (any || from->live)) {
		*fetch = fetch_begin(f->isa, f->types);
		if (!from->counts && !from->live)
			fetch_registers(*fetch, registers(f, p));
		status = program(f, p, &s, &w, *fetch);
	}
	free(w.parameters.at);
	return status;
}

static int no_debug_information(const char *text, const struct tl_isa *isa)
{
	fail(SYMBOL, "'%s' needs the debug information of an ELF", text);
	hint("give the firmware's ELF with -e, built with -g; or ask for registers: %%%s",
	     isa->regs[0].name);
	return SYMBOL;
}

int fields_make(const struct point *p, const struct fields_source *from, struct fields **fields,
                struct fetch **fetch)
{
	struct fields *f;
	int status;

	*fields = NULL;
	*fetch = NULL;
	if (!from->elf || !lines_any(from->elf->lines))
		return p->nargs       ? no_debug_information(p->args[0], from->isa)
		       : p->condition ? no_debug_information(p->condition, from->isa)
		                      : DONE;
	f = grow(NULL, 1, sizeof *f);
	*f = (struct fields){.types = from->types, .elf = from->elf, .isa = from->isa};
	status = make(f, p, from, fetch);
	if (status) {
		fetch_free(*fetch);
		*fetch = NULL;
	}
	if (status || (!f->n && !f->call)) {
		fields_free(f);
		return status;
	}
	*fields = f;
	return DONE;
}

int fields_none(const struct points *points, bool conditions)
{
	for (size_t i = 0; i < points->n; i++)
		if (points->at[i].nargs) {
			fail(USAGE, "'%s': this command shows no hits", points->at[i].args[0]);
			hint("trapline watch shows values");
			return USAGE;
		} else if (points->at[i].condition && !conditions) {
			fail(USAGE, "'if %s': this command takes no conditions",
			     points->at[i].condition);
			hint("trapline watch and trapline count do");
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
