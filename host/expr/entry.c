/* SPDX-License-Identifier: MIT */
/*
 * Parameters as they were passed: see entry.h.
 */
#include "expr/entry.h"

#include <dwarf.h>
#include <string.h>

#include "expr/call_site.h"
#include "expr/passed.h"
#include "program/locals.h"

/* ---- NAME@entry ---- */

struct search {
	const char *name;
	bool met, parameter; /* the innermost of that name: it is the function's own */
	struct passing passing;
	struct variable *to;
	bool found;
	bool here; /* the place is the function's first instruction */
	const char *why;
};

static void look_at(void *ctx, const struct local *local)
{
	struct search *s = ctx;

	if (s->met || local->hidden || strcmp(local->name, s->name) != 0)
		return;
	s->met = true;
	s->parameter = local->parameter && !local->function;
}

/* Registers of the callee's first instruction become those at its entry. */
static bool as_passed(struct location *l, const char **why)
{
	for (size_t i = 0; i < l->npieces; i++) {
		struct location_piece *p = &l->pieces[i];

		if (p->kind != LOCATION_REGISTER) {
			*why = p->kind == LOCATION_NONE ? p->why : "it was passed in memory";
			return false;
		}
		p->kind = LOCATION_VALUE;
		location_add_op(p, DW_OP_entry_value, p->reg, 0);
	}
	return l->npieces;
}

/* By the calling convention; what that does not tell DWARF may. */
static void take(void *ctx, const char *name, struct variable *v)
{
	struct search *s = ctx;
	struct location passed;
	const char *why;

	if (passing_next(&s->passing, v->type, &passed, &why)) {
		location_free(&v->location);
		v->location = passed;
	}
	if (s->found || strcmp(name, s->name) != 0 ||
	    (!s->here && !as_passed(&v->location, &s->why))) {
		location_free(&v->location);
		return;
	}
	v->settles = 0;
	*s->to = *v;
	s->found = true;
}

bool entry_variable(const struct scope *scope, const struct tl_isa *isa, const char *name,
                    struct variable *to, const char **why)
{
	struct search s = {.name = name, .to = to};
	struct scope at = *scope;
	struct call_kind kind;
	struct scopes in;

	*why = "it is no parameter of the function there";
	if (!scope->at || !scopes_at(scope->elf, scope->pc, &in))
		return false;
	locals_each(&in, look_at, &s);
	if (!s.parameter || dwarf_entrypc(&in.at[0], &at.pc) != 0 || !scope_call_kind(&at, &kind))
		return false;
	s.here = at.pc == scope->pc;
	passing_begin(&s.passing, isa, scope->elf->files->float_bytes, &kind);
	scope_parameters(&at, take, &s);
	if (s.why)
		*why = s.why;
	return s.found;
}

/* ---- do callers tell? ---- */

struct callers {
	const char *name; /* of the function that is called */
	const struct location *asked;
	bool tell;
};

static bool passes(Dwarf_Die *call_site, const struct location *asked)
{
	Dwarf_Attribute value;

	for (size_t i = 0; i < asked->npieces; i++)
		for (size_t k = 0; k < asked->pieces[i].nops; k++) {
			const struct location_op *op = &asked->pieces[i].ops[k];

			if (op->atom == DW_OP_entry_value &&
			    !call_site_passes(call_site, (unsigned)op->number, &value))
				return false;
		}
	return true;
}

static bool ask(void *ctx, Dwarf_Die *call_site)
{
	struct callers *c = ctx;
	const char *name = call_site_name(call_site);

	c->tell = name && strcmp(name, c->name) == 0 && !call_site_is_jump(call_site) &&
	          passes(call_site, c->asked);
	return !c->tell;
}

static void ask_below(struct callers *c, Dwarf_Die *above, unsigned depth)
{
	Dwarf_Die die;

	if (!depth || c->tell || dwarf_child(above, &die) != 0)
		return;
	do {
		int tag = dwarf_tag(&die);

		if (tag == DW_TAG_subprogram)
			call_sites_each(&die, ask, c);
		else if (tag == DW_TAG_namespace || tag == DW_TAG_structure_type ||
		         tag == DW_TAG_class_type)
			ask_below(c, &die, depth - 1);
	} while (!c->tell && dwarf_siblingof(&die, &die) == 0);
}

static void ask_unit(void *ctx, Dwarf *dwarf, Dwarf_Die *unit)
{
	enum { DEEPEST = 16 };

	(void)dwarf;
	ask_below(ctx, unit, DEEPEST);
}

bool entry_told(const struct scope *scope, const struct location *asked)
{
	struct callers c = {.asked = asked};
	struct scopes in;

	if (!location_needs_entry(asked) || !scopes_at(scope->elf, scope->pc, &in))
		return false;
	c.name = dwarf_diename(&in.at[0]);
	if (c.name)
		lines_units(scope->elf->lines, ask_unit, &c);
	return c.tell;
}

/* ---- trees ---- */

bool node_needs_entry(const struct node *n)
{
	if (n->kind == NODE_VARIABLE)
		return location_needs_entry(&n->variable->location);
	for (unsigned i = 0; i < 3; i++)
		if (n->kid[i] && node_needs_entry(n->kid[i]))
			return true;
	return false;
}
