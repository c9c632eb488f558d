/* SPDX-License-Identifier: MIT */
/*
 * Names looked up in DWARF's scopes: see scope.h.
 */
#include "expr/scope.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "expr/location_dwarf.h"
#include "expr/part.h"
#include "expr/type_dwarf.h"
#include "program/locals.h"
#include "program/lookup.h"
#include "program/names.h"
#include "program/prologue.h"
#include "program/scopes.h"

/* The function that has a frame of its own, around scope `i`. */
static Dwarf_Die *frame_of(struct scopes *in, unsigned i)
{
	while (i > 0 && dwarf_tag(&in->at[i]) != DW_TAG_subprogram)
		i--;
	return &in->at[i];
}

static bool scopes_around(const struct scope *s, struct scopes *in)
{
	return s->at && scopes_at(s->elf, s->pc, in);
}

/* What may hold variables of its own, or functions that do. */
static bool may_hold(int tag)
{
	return tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block || tag == DW_TAG_namespace ||
	       tag == DW_TAG_structure_type || tag == DW_TAG_class_type ||
	       tag == DW_TAG_union_type || tag == DW_TAG_module;
}

static bool is_block(int tag)
{
	return tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block;
}

/* ---- a DIE made a variable ---- */

static bool is_variable(Dwarf_Die *die)
{
	int tag = dwarf_tag(die);

	return tag == DW_TAG_variable || tag == DW_TAG_formal_parameter;
}

/* Its attributes may be in the declaration that it completes, or in the function that was
   inlined. */
static void fill(const struct scope *s, Dwarf_Die *die, Dwarf_Die *function, struct variable *v)
{
	Dwarf_Attribute attr;
	Dwarf_Die unit, origin = *die;
	Dwarf_Files *files;
	int line;

	v->type = type_of(s->types, die);
	location_of(die, function, s->pc, &v->location);
	part_take(&v->location, v->type, 0, 8 * v->type->size);
	v->settles = function && dwarf_tag(die) == DW_TAG_formal_parameter
	                     ? parameter_settles(s->elf, function, die, s->pc)
	                     : 0;
	*v->where = 0;
	if (dwarf_attr(die, DW_AT_specification, &attr) ||
	    dwarf_attr(die, DW_AT_abstract_origin, &attr))
		dwarf_formref_die(&attr, &origin);
	if (dwarf_decl_line(&origin, &line) == 0 && dwarf_diecu(&origin, &unit, NULL, NULL) &&
	    dwarf_getsrcfiles(&unit, &files, NULL) == 0)
		line_name(dwarf_decl_file(&origin), line, v->where, sizeof v->where);
}

/* An array whose definition has no length elsewhere has one in the other DIE: `extern int a[];` */
static bool is_declaration(Dwarf_Die *die)
{
	Dwarf_Attribute attr;
	bool set;

	return dwarf_attr(die, DW_AT_declaration, &attr) && dwarf_formflag(&attr, &set) == 0 && set;
}

static bool named(Dwarf_Die *die, const char *name)
{
	const char *has = dwarf_diename(die);

	return has && strcmp(has, name) == 0;
}

/* ---- local names ---- */

/* The innermost of that name, and the function that has the frame. */
static bool local_die(const struct scope *s, const char *name, Dwarf_Die *die, Dwarf_Die *function)
{
	struct scopes in;

	if (!scopes_around(s, &in))
		return false;
	for (unsigned i = in.n; i-- > 0;) {
		if (dwarf_child(&in.at[i], die) != 0)
			continue;
		do
			if (is_variable(die) && named(die, name) && !is_declaration(die)) {
				*function = *frame_of(&in, i);
				return true;
			}
		while (dwarf_siblingof(die, die) == 0);
	}
	return false;
}

static enum scope_result find_local(const struct scope *s, const char *name, struct found *f)
{
	Dwarf_Die die, function;

	if (!local_die(s, name, &die, &function))
		return SCOPE_NONE;
	fill(s, &die, &function, &f->variable);
	return SCOPE_VARIABLE;
}

bool scope_pointee(const struct scope *s, const char *name, struct variable *to)
{
	Dwarf_Die die, function, pointee;
	Dwarf_Attribute attr;
	Dwarf_Op *ops;
	size_t n;

	if (!local_die(s, name, &die, &function) ||
	    !dwarf_attr_integrate(&die, DW_AT_location, &attr) ||
	    dwarf_getlocation_addr(&attr, s->pc, &ops, &n, 1) != 1 || n != 1 ||
	    (ops->atom != DW_OP_implicit_pointer && ops->atom != DW_OP_GNU_implicit_pointer) ||
	    ops->number2 || dwarf_getlocation_die(&attr, ops, &pointee) != 0 ||
	    !is_variable(&pointee))
		return false;
	fill(s, &pointee, &function, to);
	return true;
}

/* ---- names of the whole program: each unit's own, those in namespaces, in classes, and static
   ones of functions ---- */

struct search {
	const struct scope *scope;
	const char *name; /* what stands behind the last :: */
	const char *path; /* what stands before it, without that ::; "" if nothing does */
	uint64_t home;    /* of the unit around the place, its offset; 0: there is none */
	struct found *found;
	enum scope_result result;
	bool at_home;          /* what was found is of that unit */
	uint64_t first_addr;   /* of the variable found */
	const char *unit_name; /* of the unit that is searched */
	char trail[256];       /* the way to it: "ns::Class" */
	bool constants;        /* enumerators are looked for, not variables */
};

/* Does the path that was typed fit the way to what was found, or the unit's file? */
static bool path_fits(const struct search *g)
{
	const char *slash;
	size_t typed = strlen(g->path), trail = strlen(g->trail);

	if (!typed)
		return true;
	if (trail >= typed && strcmp(g->trail + trail - typed, g->path) == 0 &&
	    (trail == typed || g->trail[trail - typed - 1] == ':'))
		return true;
	slash = g->unit_name ? strrchr(g->unit_name, '/') : NULL;
	return g->unit_name &&
	       (strcmp(g->unit_name, g->path) == 0 || (slash && strcmp(slash + 1, g->path) == 0));
}

static bool address_of(const struct variable *v, uint64_t *addr)
{
	const struct machine none = {.word = 8};
	const char *why;

	return v->location.npieces == 1 && v->location.pieces[0].kind == LOCATION_MEMORY &&
	       location_run(&v->location.pieces[0], &none, addr, &why);
}

static void several(struct search *g, const struct variable *v)
{
	char *list = g->found->list;
	size_t n = strlen(list), size = sizeof g->found->list;

	if (!n)
		n = (size_t)snprintf(list, size, "%s", g->found->variable.where);
	if (n < size)
		snprintf(list + n, size - n, ", %s", v->where);
}

/* One more that bears the name. */
static void take(struct search *g, struct variable *v, bool home)
{
	uint64_t addr;

	if (g->result == SCOPE_NONE || (home && !g->at_home)) {
		if (g->result != SCOPE_NONE)
			location_free(&g->found->variable.location);
		g->found->variable = *v;
		*g->found->list = 0;
		g->result = SCOPE_VARIABLE;
		g->at_home = home;
		if (!address_of(v, &g->first_addr))
			g->first_addr = 0;
		return;
	}
	if (home == g->at_home && address_of(v, &addr) && addr != g->first_addr) {
		several(g, v);
		g->result = SCOPE_SEVERAL;
	}
	location_free(&v->location);
}

/* The way to a definition that stands outside of its namespace or class: that of what it
   completes. */
static void follow_specification(struct search *g, Dwarf_Die *die)
{
	Dwarf_Die declaration, *scopes = NULL;
	Dwarf_Attribute attr;
	const char *name;
	int n;

	if (!dwarf_attr(die, DW_AT_specification, &attr) || !dwarf_formref_die(&attr, &declaration))
		return;
	*g->trail = 0;
	n = dwarf_getscopes_die(&declaration, &scopes);
	for (int i = n - 1; i > 0; i--) { /* from the unit inwards; scopes[0] is the DIE itself */
		size_t was = strlen(g->trail);

		name = dwarf_tag(&scopes[i]) == DW_TAG_compile_unit ? NULL
		                                                    : dwarf_diename(&scopes[i]);
		if (name)
			snprintf(g->trail + was, sizeof g->trail - was, "%s%s", was ? "::" : "",
			         name);
	}
	free(scopes);
}

static bool fits(struct search *g, Dwarf_Die *die)
{
	char trail[sizeof g->trail];
	bool is;

	memcpy(trail, g->trail, sizeof trail);
	follow_specification(g, die);
	is = path_fits(g);
	memcpy(g->trail, trail, sizeof trail);
	return is;
}

/* Not in a register, nor in a frame. */
static bool always_there(const struct location_piece *p)
{
	return p->kind == LOCATION_BYTES || p->kind == LOCATION_VALUE ||
	       (p->kind == LOCATION_MEMORY && p->nops && p->ops[0].atom == DW_OP_addr);
}

static void look_at(struct search *g, Dwarf_Die *die, bool home)
{
	struct variable v;

	if (dwarf_tag(die) != DW_TAG_variable || is_declaration(die) || !named(die, g->name) ||
	    !fits(g, die))
		return;
	fill(g->scope, die, NULL, &v);
	if (always_there(&v.location.pieces[0])) {
		take(g, &v, home);
		return;
	}
	g->found->gone |= v.location.pieces[0].kind == LOCATION_NONE;
	location_free(&v.location);
}

static void constants_of(struct search *g, Dwarf_Die *type)
{
	Dwarf_Attribute attr;
	Dwarf_Sword value;
	Dwarf_Die die, whole = *type;

	type_follow(&whole);
	type = &whole;
	if (g->result != SCOPE_NONE || dwarf_child(type, &die) != 0)
		return;
	do
		if (dwarf_tag(&die) == DW_TAG_enumerator && named(&die, g->name) && path_fits(g) &&
		    dwarf_attr(&die, DW_AT_const_value, &attr) &&
		    dwarf_formsdata(&attr, &value) == 0) {
			g->found->constant = value;
			g->found->type = type_of_die(g->scope->types, type);
			g->result = SCOPE_CONSTANT;
			return;
		}
	while (dwarf_siblingof(&die, &die) == 0);
}

/* Goes down into `die`, the trail lengthened by its name; how long it was before. */
static size_t step_in(struct search *g, Dwarf_Die *die)
{
	size_t was = strlen(g->trail);
	const char *name = dwarf_diename(die);

	if (name && dwarf_tag(die) != DW_TAG_lexical_block)
		snprintf(g->trail + was, sizeof g->trail - was, "%s%s", was ? "::" : "", name);
	return was;
}

static void search_below(struct search *g, Dwarf_Die *above, bool home, unsigned depth)
{
	Dwarf_Die die;
	size_t was;
	int tag;

	if (depth > 32 || dwarf_child(above, &die) != 0)
		return;
	do {
		tag = dwarf_tag(&die);
		if (!g->constants)
			look_at(g, &die, home);
		if (!may_hold(tag) && tag != DW_TAG_enumeration_type)
			continue;
		was = step_in(g, &die);
		if (tag == DW_TAG_enumeration_type && g->constants) {
			constants_of(g, &die);
			g->trail[was] = 0; /* an enumerator is of the scope around it, too */
			constants_of(g, &die);
		} else if (tag != DW_TAG_enumeration_type && (!is_block(tag) || *g->path)) {
			search_below(g, &die, home, depth + 1);
		}
		g->trail[was] = 0;
	} while (dwarf_siblingof(&die, &die) == 0);
}

static void search_unit(void *ctx, Dwarf *dwarf, Dwarf_Die *unit)
{
	struct search *g = ctx;

	(void)dwarf;
	g->unit_name = dwarf_diename(unit);
	*g->trail = 0;
	search_below(g, unit, g->scope->at && dwarf_haspc(unit, g->scope->pc) == 1, 0);
}

static enum scope_result find_global(const struct scope *s, const char *name, bool constants,
                                     struct found *f)
{
	const char *last = name;
	struct search g = {.scope = s, .found = f, .constants = constants};
	char *path;

	for (const char *at; (at = strstr(last, "::"));)
		last = at + 2;
	path = format_string("%.*s", last > name ? (int)(last - name) - 2 : 0, name);
	g.name = last;
	g.path = path;
	*f->list = 0;
	lines_units(types_lines(s->types), search_unit, &g);
	free(path);
	return g.result;
}

enum scope_result scope_find(const struct scope *s, const char *name, bool global, struct found *f)
{
	enum scope_result r = SCOPE_NONE;

	if (!global && !strstr(name, "::"))
		r = find_local(s, name, f);
	if (r == SCOPE_NONE)
		r = find_global(s, name, false, f);
	return r == SCOPE_NONE ? find_global(s, name, true, f) : r;
}

/* ---- names that are near ---- */

struct nearest {
	const char *name;
	unsigned limit;
	char *best;
};

static void consider(struct nearest *n, Dwarf_Die *die)
{
	const char *name = is_variable(die) ? dwarf_diename(die) : NULL;
	unsigned d;

	if (!name)
		return;
	d = edit_distance(n->name, name, n->limit);
	if (d > n->limit || d == 0)
		return;
	free(n->best);
	n->best = copy_string(name);
	n->limit = d - 1;
}

static void nearest_in_unit(void *ctx, Dwarf *dwarf, Dwarf_Die *unit)
{
	struct nearest *n = ctx;
	Dwarf_Die die;

	(void)dwarf;
	if (n->limit == 0 || dwarf_child(unit, &die) != 0)
		return;
	do
		consider(n, &die);
	while (n->limit && dwarf_siblingof(&die, &die) == 0);
}

char *scope_nearest(const struct scope *s, const char *name)
{
	struct nearest n = {.name = name, .limit = edit_limit(name)};
	struct scopes in = {0};
	Dwarf_Die die;

	scopes_around(s, &in);
	for (unsigned i = in.n; i-- > 0;)
		if (dwarf_child(&in.at[i], &die) == 0)
			do
				consider(&n, &die);
			while (n.limit && dwarf_siblingof(&die, &die) == 0);
	lines_units(types_lines(s->types), nearest_in_unit, &n);
	return n.best;
}

/* ---- how a function is called ---- */

static bool is_c(Dwarf_Die *die)
{
	Dwarf_Die unit;

	switch (dwarf_diecu(die, &unit, NULL, NULL) ? dwarf_srclang(&unit) : -1) {
	case DW_LANG_C:
	case DW_LANG_C89:
	case DW_LANG_C99:
	case DW_LANG_C11:
		return true;
	}
	return false;
}

bool scope_call_kind(const struct scope *s, struct call_kind *kind)
{
	const struct elf_symbol *symbol = elf_func_at(s->elf, s->pc);
	struct scopes in;
	Dwarf_Die die;

	if (!scopes_around(s, &in))
		return false;
	*kind = (struct call_kind){.returns = type_of(s->types, &in.at[0]),
	                           .plain = is_c(&in.at[0])};
	kind->changed = symbol && name_clone(elf_name(s->elf, symbol)) == CLONE_CHANGED;
	if (dwarf_child(&in.at[0], &die) == 0)
		do
			kind->variadic |= dwarf_tag(&die) == DW_TAG_unspecified_parameters;
		while (dwarf_siblingof(&die, &die) == 0);
	return true;
}

void scope_parameters(const struct scope *s, variable_fn *each, void *ctx)
{
	struct variable v;
	struct scopes in;
	const char *name;
	Dwarf_Die die;

	if (!scopes_around(s, &in) || dwarf_child(&in.at[0], &die) != 0)
		return;
	do {
		if (dwarf_tag(&die) != DW_TAG_formal_parameter)
			continue;
		name = dwarf_diename(&die);
		fill(s, &die, &in.at[0], &v);
		each(ctx, name ? name : "?", &v);
	} while (dwarf_siblingof(&die, &die) == 0);
}

/* ---- what there is at a place ---- */

struct listing {
	const struct scope *scope;
	struct scopes in;
	variable_fn *each;
	void *ctx;
	bool parameters;
};

static void list_local(void *ctx, const struct local *local)
{
	struct listing *l = ctx;
	struct variable v;

	if (local->hidden || local->parameter != l->parameters || is_declaration(local->die))
		return;
	fill(l->scope, local->die, frame_of(&l->in, local->function), &v);
	l->each(l->ctx, local->name, &v);
}

void scope_locals(const struct scope *s, variable_fn *each, void *ctx)
{
	struct listing l = {.scope = s, .each = each, .ctx = ctx};

	if (!scopes_around(s, &l.in))
		return;
	for (unsigned pass = 0; pass < 2; pass++) {
		l.parameters = pass == 0;
		locals_each(&l.in, list_local, &l);
	}
}
