/* SPDX-License-Identifier: MIT */
/*
 * Values of a hit by name: see fields.h.
 */
#include "session/fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "expr/entry.h"
#include "expr/fetch_code.h"
#include "expr/fetch_register.h"
#include "expr/resolve.h"
#include "program/system_register.h"
#include "session/data.h"
#include "session/parameters.h"
#include "session/task.h"

static const char in_memory[] = "it is in memory, and a hit records registers",
                  in_fpu[] = "it is in a register of the FPU, and a hit records none",
                  unknown[] = "where it is returned is not known",
                  elsewhere[] = "it was written to memory, where the caller said";

/* What is made of a point. */
struct making {
	struct fields *f;
	const struct point *point;
	const struct fields_source *from;
	struct scope scope;
	struct surroundings around;
	struct parameters parameters;
	const struct type *old; /* of data that is watched: its type */
};

static struct field *add(struct fields *f, const char *name)
{
	f->at = grow(f->at, f->n + 1, sizeof *f->at);
	f->at[f->n] = (struct field){.name = name};
	return &f->at[f->n++];
}

/* ---- parameters and results ---- */

/* Shown as it is there, or why it is not. */
static void add_variable(struct fields *f, const struct parameter *p, bool fetch)
{
	struct field *d = add(f, p->name);
	const char *why;

	d->why = p->why;
	d->tree = parameter_tree(p);
	if (!d->tree || node_needs_entry(d->tree->root))
		return;
	if (!node_in_memory(d->tree->root) && registers_of(f->isa, d->tree->root, &f->mask, &why))
		return;
	d->in_parts = !node_in_memory(d->tree->root);
	if (!fetch)
		d->why = d->in_parts ? why : in_memory;
}

static void add_parameters(struct making *m)
{
	for (size_t i = 0; i < m->parameters.n; i++)
		add_variable(m->f, &m->parameters.at[i], m->from->fetch);
}

/* A result in registers of the FPU is a variable that is there. Of classes of C++ nobody knows. */
static bool result_in_fpu(const struct making *m, struct variable *v, const char **why)
{
	const struct fields *f = m->f;

	*v = (struct variable){.type = fields_returned(f)};
	if (!returned_in_fpu(f->isa, f->elf->files->float_bytes, v->type, &v->location))
		return false;
	*why = v->type->kind == TYPE_STRUCT && !m->parameters.passing.plain ? unknown : NULL;
	return true;
}

static void result(struct making *m)
{
	struct fields *f = m->f;
	const struct type *t = f->returns;
	struct variable v;
	struct field *d;

	if (t->kind == TYPE_VOID)
		return;
	d = add(f, "$retval");
	d->type = t;
	d->reg = f->isa->retval[0];
	if (result_in_fpu(m, &v, &d->why)) {
		d->tree = tree_of_variable("$retval", &v);
		d->in_parts = true;
		if (!m->from->fetch)
			d->why = in_fpu;
		location_free(&v.location);
		return;
	}
	if (!t->size || returned_in_memory(f->isa, f->elf->files->float_bytes, t))
		d->why = in_memory;
	f->mask |= (uintptr_t)1 << f->isa->retval[0];
	if (t->size > f->isa->word)
		f->mask |= (uintptr_t)1 << f->isa->retval[1];
}

/* Of a function that is known, at its first instruction: what it is called with, or what it
   returns. */
static void usual(struct making *m)
{
	struct fields *f = m->f;

	if (!f->returns || !(m->parameters.entry || m->point->moved))
		return;
	if (m->point->at_return) {
		result(m);
		f->result = f->n;
	} else {
		add_parameters(m);
		f->call = true;
	}
}

/* ---- ARGs ---- */

static const struct type *special(void *ctx, const char *name, const char **why)
{
	const struct making *m = ctx;

	*why = "there are $retval at a return, $arg1 and on at a function's entry, $old where data "
	       "is watched, $user but at a return, $task and $cycles; $params and $vars stand "
	       "alone";
	if (strcmp(name, "user") == 0 && !m->point->at_return && !m->from->live)
		return type_bool(m->f->types);
	if (strcmp(name, "old") == 0 && m->point->watch)
		return m->old;
	if (strcmp(name, "cycles") == 0)
		return type_integer(m->f->types, sizeof(uint32_t), false);
	if (strcmp(name, "retval") == 0 && m->point->at_return)
		return fields_returned(m->f);
	if (strncmp(name, "arg", 3) == 0 && name[3] > '0' && name[3] <= '0' + m->f->isa->nargs &&
	    !name[4] && !m->point->at_return && m->parameters.entry)
		return type_integer(m->f->types, m->f->isa->word, false);
	return NULL;
}

const char *argument_expression(const char *word)
{
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return n && word[n] == '=' && word[n + 1] != '=' ? word + n + 1 : word;
}

static bool has_field(const struct fields *f, size_t from, const char *name)
{
	for (size_t i = from; i < f->n; i++)
		if (strcmp(f->at[i].name, name) == 0)
			return true;
	return false;
}

/* A parameter that has no value any more, under NAME@entry. False: its caller would not tell. */
static bool add_as_passed(struct making *m, const char *name)
{
	struct parameter one = {0};
	const char *why;
	struct field *d;
	char *shown;

	if (!m->from->stack || m->parameters.entry ||
	    !entry_variable(&m->scope, m->f->isa, name, &one.variable, &why))
		return false;
	one.name = name;
	add_variable(m->f, &one, true);
	location_free(&one.variable.location);
	d = &m->f->at[m->f->n - 1];
	shown = format_string("%s@entry", name);
	d->name = tree_string(d->tree, shown, strlen(shown));
	free(shown);
	return true;
}

struct list {
	struct making *m;
	size_t from; /* fields before are not of the list */
};

/* One of $vars, if it has a value there. */
static void take_local(void *ctx, const char *name, struct variable *v)
{
	struct list *l = ctx;
	struct parameter one = {.name = name, .why = v->settles ? "" : NULL};

	if (l->m->from->stack)
		location_take_entry(&v->location);
	one.variable = *v;
	for (size_t i = 0; i < v->location.npieces; i++)
		if (v->location.pieces[i].kind == LOCATION_NONE)
			one.why = v->location.pieces[i].why;
	if (!one.why && !has_field(l->m->f, l->from, name))
		add_variable(l->m->f, &one, true);
	else if (one.why)
		add_as_passed(l->m, name);
	location_free(&v->location);
}

/* $params, $vars. */
static int several(struct making *m, bool all)
{
	struct list l = {m, m->f->n};

	if (m->point->at_return || m->from->live || !m->parameters.returns) {
		fail(SYMBOL, "no '%s': there are no variables that are live there",
		     all ? "$vars" : "$params");
		hint("they have values in a function that has debug information, and not at its "
		     "return");
		return SYMBOL;
	}
	for (size_t i = 0; i < m->parameters.n; i++)
		if ((!all || (m->parameters.entry && !m->parameters.at[i].why)) &&
		    !(m->parameters.at[i].why && add_as_passed(m, m->parameters.at[i].name)))
			add_variable(m->f, &m->parameters.at[i], true);
	if (all)
		scope_locals(&m->scope, take_local, &l);
	return DONE;
}

/* $retval as a variable, where it is in registers of the FPU. False: it is in no registers. */
static bool put_result(const struct making *m, struct tree *t)
{
	struct variable v;

	for (struct node *n = t->nodes; n; n = n->next) {
		const char *why = NULL;

		if (n->kind != NODE_SPECIAL || strcmp(n->name, "retval") != 0)
			continue;
		if (!result_in_fpu(m, &v, &why)) {
			if (!returned_in_memory(m->f->isa, m->f->elf->files->float_bytes, v.type))
				continue;
			why = elsewhere;
		}
		if (why) {
			location_free(&v.location);
			return tree_problem(t, n->at, n->length, "'$retval' has no value there: %s",
			                    why);
		}
		n->kind = NODE_VARIABLE;
		n->global = true; /* no parameter of that name is meant */
		n->variable = grow(NULL, 1, sizeof v);
		*n->variable = v;
	}
	return true;
}

/* A special name as a variable, in what stands for a register. */
static void put_system(struct tree *t, const char *name, unsigned reg, const struct type *type)
{
	for (struct node *n = t->nodes; n; n = n->next) {
		struct location_piece *piece;

		if (n->kind != NODE_SPECIAL || strcmp(n->name, name) != 0)
			continue;
		piece = grow(NULL, 1, sizeof *piece);
		*piece = (struct location_piece){.kind = LOCATION_REGISTER, .reg = reg};
		n->kind = NODE_VARIABLE;
		n->global = true;
		n->variable = grow(NULL, 1, sizeof *n->variable);
		*n->variable = (struct variable){.type = type, .location = {piece, 1}};
	}
}

/* What its names mean where the hit is. */
static bool put_variables(const struct making *m, struct tree *t)
{
	put_system(t, "old", SYSTEM_WAS, m->old);
	put_system(t, "user", SYSTEM_USER, type_bool(m->f->types));
	return parameters_put(&m->parameters, &m->scope, t) && put_result(m, t);
}

/* An expression; NULL after saying that it is about tasks, of which nothing is known. */
static struct tree *expression(const char *text, const struct surroundings *around)
{
	char *expanded = task_expand(text, around);
	struct tree *t = expanded ? expr_make(expanded, around) : NULL;

	free(expanded);
	if (t)
		return t;
	fail(SYMBOL, "no '$task': no variable of an RTOS that trapline knows tells which one runs");
	hint("with debug information of FreeRTOS, Zephyr, ThreadX, RIOT or ChibiOS there is one; "
	     "else use what your kernel has: 'send id=@current->id if @current->id == 3'");
	return NULL;
}

static int argument(struct making *m, const char *word)
{
	const char *text = argument_expression(word);
	struct field *d;

	if (strcmp(word, "$params") == 0 || strcmp(word, "$vars") == 0)
		return several(m, word[1] == 'v');
	d = add(m->f, word);
	d->tree = expression(text, &m->around);
	if (!d->tree)
		return SYMBOL;
	if (argument_expression(word) != word)
		d->name =
		        tree_string(d->tree, word, (size_t)(argument_expression(word) - word) - 1);
	else if (*word == '%' && d->tree->root && d->tree->root->kind == NODE_VARIABLE)
		d->name = word + 1;
	if (!d->tree->root || !put_variables(m, d->tree))
		return tree_say(d->tree, SYMBOL);
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

static int condition(struct making *m, struct fetch *fetch)
{
	struct surroundings around = m->around;
	int status = DONE;
	struct tree *t;

	around.entry = false; /* the target decides, and unwinds nothing */
	around.entry_way = "in an ARG, and with --stack, ";
	t = expression(m->point->condition, &around);
	if (!t)
		return SYMBOL;
	if (!t->root || !put_variables(m, t))
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

	return t->kind == TYPE_POINTER && type_target(t)->kind == TYPE_CHAR &&
	       !node_needs_entry(d->tree->root);
}

/* Is there a program, and may there be? */
static int wanted(const struct fields *f, const struct point *p, bool able, bool *program)
{
	*program = p->condition;
	if (p->condition && !able)
		return no_programs(p->condition, "is decided on the target");
	for (size_t i = 0; i < f->n; i++) {
		const struct field *d = &f->at[i];
		bool system = d->tree && !d->why && node_needs_system(f->isa, d->tree->root),
		     needs = system ||
		             (d->tree && !d->why && (d->in_parts || field_needs_memory(f, d)));

		if (needs && !able)
			return no_programs(d->tree->text,
			                   system ? "is in a register that a hit does not record"
			                          : "is in memory");
		*program |= needs || (able && p->nargs && d->tree && !d->why && gains(d));
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

/* A parameter that is shown without being asked for does without a value. */
static bool do_without(struct making *m, struct field *d, const char *why)
{
	if (m->point->nargs)
		return false;
	d->why = why;
	return true;
}

/* A parameter that is shown without being asked for, in registers that are recorded anyway: text
   that it may lead to is not worth its time. */
static bool is_recorded(const struct making *m, const struct field *d)
{
	return !m->point->nargs && !m->point->watch && !node_in_memory(d->tree->root) &&
	       !d->in_parts;
}

static int capture(struct making *m, struct fetch *fetch)
{
	struct fields *f = m->f;

	for (size_t i = 0; i < f->n; i++) {
		struct field *d = &f->at[i];

		if (!d->tree || d->why || is_recorded(m, d))
			continue;
		if (!fetch_capture(fetch, d->tree) && !do_without(m, d, d->tree->problem.text))
			return tree_say(d->tree, USAGE);
	}
	return DONE;
}

/* There is no room for all: the last parameter that takes some is left out. */
static bool leave_out(struct making *m)
{
	for (size_t i = m->f->n; i-- > 0;) {
		struct field *d = &m->f->at[i];

		if (d->tree && !d->why && !is_recorded(m, d))
			return do_without(m, d, "a hit has no room for it");
	}
	return false;
}

static int program(struct making *m, struct fetch **fetch)
{
	const struct point *p = m->point;
	int status;
	char *why;

	*fetch = fetch_begin(m->f->isa, m->f->types);
	if (!m->from->counts && !m->from->live)
		fetch_registers(*fetch, registers(m->f, p));
	status = p->condition ? condition(m, *fetch) : DONE;
	if (!status)
		status = capture(m, *fetch);
	if (status || fetch_end(*fetch, &why))
		return status;
	if (leave_out(m)) {
		free(why);
		fetch_free(*fetch);
		return program(m, fetch);
	}
	fail(USAGE, "%s: %s", p->name, why);
	hint("ask for less: fewer ARGs, members of structs, a[0..3]");
	free(why);
	return USAGE;
}

/* ARGs without a program: can they be worked out later from what is recorded? */
static int registers_tell(struct making *m)
{
	struct fetch *trial = fetch_begin(m->f->isa, m->f->types);
	int status = capture(m, trial);

	fetch_free(trial);
	return status;
}

/* Of data that is watched: what it holds, and what it held if it was written. */
static int usual_data(struct making *m)
{
	static const char old[] = "was=$old";
	int status = DONE;

	if (!m->from->fetch || !data_type(m->point, m->from))
		return DONE;
	status = argument(m, m->point->data);
	if (!status && m->point->watch & WATCH_WRITE)
		status = argument(m, old);
	return status;
}

/* ARGs, the program that a hit runs for them and for `if`, or what is shown without ARGs. */
static int make(struct making *m, struct fetch **fetch)
{
	const struct point *p = m->point;
	struct scope inside = m->scope;
	int status = DONE;
	bool any;

	m->old = p->watch ? data_type(p, m->from) : NULL;
	if (p->watch && !m->old)
		m->old = type_integer(m->f->types, m->f->isa->word, false);
	inside.at = !m->from->live &&
	            !p->watch; /* at a return, too: of the function's first instruction */
	parameters_of(&m->parameters, &inside, m->f->isa, m->from->stack);
	m->f->returns = m->parameters.returns;
	for (unsigned i = 0; i < p->nargs && !status; i++)
		status = argument(m, p->args[i]);
	if (p->nargs)
		m->f->mask = ~(uintptr_t)0;
	else if (p->watch && !m->from->counts)
		status = usual_data(m);
	else if (!p->mask && !m->from->counts)
		usual(m);
	if (!status)
		status = wanted(m->f, p, m->from->fetch, &any);
	if (!status && (any || m->from->live || (m->from->kept && m->from->fetch)))
		status = program(m, fetch);
	else if (!status)
		status = registers_tell(m);
	parameters_free(&m->parameters);
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
	struct making m = {.point = p, .from = from};
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
	m.f = f;
	m.scope = (struct scope){f->elf, f->types, p->addr,
	                         !p->at_return && !from->live && !p->watch};
	m.around = (struct surroundings){.scope = &m.scope,
	                                 .isa = f->isa,
	                                 .registers = !from->live,
	                                 .entry = from->stack,
	                                 .entry_way = from->live || from->counts ? NULL
	                                                                         : "with --stack ",
	                                 .special = from->live ? NULL : special,
	                                 .ctx = &m};
	status = make(&m, fetch);
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
			hint("trapline watch, trapline count and trapline add do");
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
