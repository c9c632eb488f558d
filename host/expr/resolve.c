/* SPDX-License-Identifier: MIT */
/*
 * Names and types of a tree: see resolve.h. Arrows become stars and members, members of nameless
 * members and of base classes become their way.
 */
#include "expr/resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "expr/parse.h"
#include "expr/resolve_parts.h"
#include "program/elf.h"
#include "program/lookup.h"
#include "program/system_register.h"

static bool resolve(struct resolver *r, struct node *n);

/* ---- leaves ---- */

static bool integer(struct resolver *r, struct node *n)
{
	unsigned size = n->is_long ? r->s->isa->word : 4;

	if (size == 4 && n->integer > (n->is_unsigned ? UINT32_MAX : INT32_MAX))
		size = n->integer <= UINT32_MAX && r->tree->text[n->at] == '0' ? 4 : 8;
	n->type =
	        type_integer(r->types, size,
	                     !n->is_unsigned && n->integer <= (size == 4 ? INT32_MAX : INT64_MAX));
	return true;
}

/* A function's name is its address. */
static bool function(struct resolver *r, struct node *n)
{
	const struct elf_symbol *symbol = elf_find(r->s->scope->elf, n->name, NULL);

	if (!symbol || !symbol->func)
		return false;
	n->kind = NODE_INTEGER;
	n->integer = symbol->addr;
	n->type = type_pointer_to(r->types, type_function(r->types));
	return true;
}

static bool unknown_name(struct resolver *r, const struct node *n)
{
	char *near;

	if (!lines_any(r->s->scope->elf->lines)) {
		tree_problem(r->tree, n->at, n->length,
		             "no variable '%s': %s has no debug information", n->name,
		             r->s->scope->elf->name);
		return tree_hint(r->tree, "compile with -g, and give the ELF before strip, or its "
		                          "debug file: --debug-file");
	}
	near = scope_nearest(r->s->scope, n->name);
	tree_problem(r->tree, n->at, n->length, "no variable '%s'%s", n->name,
	             r->s->scope->at ? " there" : "");
	if (near)
		tree_hint(r->tree, "did you mean '%s'?", near);
	else if (!r->s->scope->at)
		tree_hint(r->tree,
		          "local variables have a value at a probe only: trapline watch "
		          "'PLACE %s'; static ones of functions are FUNC::NAME",
		          n->name);
	free(near);
	return false;
}

/* A pointer to what the compiler keeps in registers has no value, but what is behind it may. */
static void find_pointee(struct resolver *r, struct node *n)
{
	struct variable to;

	if (n->global || n->type->kind != TYPE_POINTER ||
	    n->variable->location.pieces->kind != LOCATION_NONE ||
	    !scope_pointee(r->s->scope, n->name, &to))
		return;
	n->pointee = grow(NULL, 1, sizeof to);
	*n->pointee = to;
}

/* * of such a pointer, `n`, is the variable that it leads to. */
static bool take_pointee(struct resolver *r, struct node *n)
{
	struct node *pointer = n->kid[0];

	if (!pointer->pointee)
		return true;
	*n = (struct node){.kind = NODE_VARIABLE,
	                   .at = n->at,
	                   .length = n->length,
	                   .name = tree_string(r->tree, "what it points to", 17),
	                   .variable = pointer->pointee,
	                   .type = pointer->pointee->type,
	                   .next = n->next};
	pointer->pointee = NULL;
	return resolve_nowhere(r, n);
}

/* What is used as it is: a pointer that is not followed, a struct or a member of which none is
   asked for. */
static bool has_value(struct resolver *r, struct node *n)
{
	if (n->pointee && !r->in_sizeof)
		return tree_problem(r->tree, n->at, n->length,
		                    "'%s' has no value there: what it points to has no address "
		                    "there; *%s has one",
		                    n->name, n->name);
	return resolve_part(r, n);
}

static bool name(struct resolver *r, struct node *n)
{
	struct found f = {0};

	if (n->entry)
		return resolve_as_passed(r, n);
	switch (scope_find(r->s->scope, n->name, n->global, &f)) {
	case SCOPE_CONSTANT:
		n->kind = NODE_INTEGER;
		n->integer = (uint64_t)f.constant;
		n->type = f.type;
		return true;
	case SCOPE_VARIABLE:
		n->kind = NODE_VARIABLE;
		n->variable = grow(NULL, 1, sizeof *n->variable);
		*n->variable = f.variable;
		n->type = f.variable.type;
		find_pointee(r, n);
		return resolve_nowhere(r, n);
	case SCOPE_SEVERAL:
		location_free(&f.variable.location);
		tree_problem(r->tree, n->at, n->length, "'%s' is the name of several variables: %s",
		             n->name, f.list);
		return tree_hint(r->tree, "put the file in front: FILE::%s", n->name);
	case SCOPE_NONE:
		break;
	}
	if (f.gone)
		return tree_problem(r->tree, n->at, n->length, "'%s' is optimised out", n->name);
	return function(r, n) || unknown_name(r, n);
}

/* A register that no snapshot has is a variable, whose location is that. */
static bool system_reg(struct resolver *r, struct node *n)
{
	const struct elf *elf = r->s->scope->elf;
	struct system_register reg;
	struct variable *v;
	unsigned number;

	if (!system_register_named(r->s->isa, n->name, elf ? elf->files->float_bytes : 0, &number,
	                           &reg))
		return false;
	v = grow(NULL, 1, sizeof *v);
	*v = (struct variable){.type = reg.is_float ? type_float(r->types, reg.bytes)
	                                            : type_integer(r->types, reg.bytes, false)};
	v->location.pieces = grow(NULL, 1, sizeof *v->location.pieces);
	v->location.npieces = 1;
	*v->location.pieces = (struct location_piece){.kind = LOCATION_REGISTER, .reg = number};
	n->kind = NODE_VARIABLE;
	n->global = true; /* no parameter of that name is meant */
	n->variable = v;
	n->type = v->type;
	return true;
}

static bool reg(struct resolver *r, struct node *n)
{
	const struct tl_isa *isa = r->s->isa;

	if (!r->s->registers) {
		tree_problem(r->tree, n->at, n->length, "registers have a value at a probe only");
		return tree_hint(r->tree, "trapline watch 'PLACE %%%s' shows it there", n->name);
	}
	for (unsigned i = 0; i < isa->ncore; i++)
		if (strcmp(isa->regs[i].name, n->name) == 0) {
			n->reg = i;
			n->type = resolve_word(r, false);
			return true;
		}
	if (system_reg(r, n))
		return true;
	tree_problem(r->tree, n->at, n->length, "no register '%s' on %s", n->name, isa->name);
	return tree_hint(r->tree, "the names are GDB's: %s … %s, %s", isa->regs[0].name,
	                 isa->regs[isa->ncore - 1].name, system_register_list(isa));
}

static bool text(struct resolver *r, struct node *n)
{
	n->type = type_pointer_to(r->types, type_integer(r->types, 1, false));
	return true;
}

static bool special(struct resolver *r, struct node *n)
{
	const char *why = "it is known at a probe only";

	n->type = r->s->special ? r->s->special(r->s->ctx, n->name, &why) : NULL;
	return n->type || tree_problem(r->tree, n->at, n->length, "no '$%s': %s", n->name, why);
}

/* ---- members ---- */

static struct node *below(struct resolver *r, struct node *n, enum node_kind kind,
                          const struct type *type)
{
	struct node *k = tree_node(r->tree, kind, n->at, n->length);

	k->kid[0] = n->kid[0];
	k->type = type;
	n->kid[0] = k;
	return k;
}

/* The member of that name, through nameless members and base classes: each step of the way is a
   node below `n`. */
static bool find_member(struct resolver *r, struct node *n, const struct type *t, unsigned depth)
{
	enum { MOST = 10000 };

	type_complete(t);
	r->looked_at += (unsigned)t->nmembers;
	if (r->looked_at > MOST)
		return false;
	for (size_t i = 0; i < t->nmembers; i++)
		if (t->members[i].name && !t->members[i].inherited &&
		    strcmp(t->members[i].name, n->name) == 0) {
			n->member = i;
			n->type = type_member(t, i);
			return true;
		}
	for (size_t i = 0; depth && i < t->nmembers; i++) {
		const struct type *inner = type_member(t, i);
		struct node *was = n->kid[0], *k;

		if ((t->members[i].name && !t->members[i].inherited) || inner->kind != TYPE_STRUCT)
			continue;
		k = below(r, n, NODE_MEMBER, inner);
		k->member = i;
		if (find_member(r, n, inner, depth - 1))
			return true;
		n->kid[0] = was;
	}
	return false;
}

static void member_hint(struct resolver *r, const struct node *n, const struct type *t)
{
	const char *best = NULL;
	unsigned limit = edit_limit(n->name);
	char list[160];
	size_t used = 0;

	if (limit >= strlen(n->name))
		limit = 0;

	for (size_t i = 0; i < t->nmembers; i++) {
		const char *m = t->members[i].name;
		unsigned d = m ? edit_distance(n->name, m, limit) : limit + 1;

		if (d <= limit) {
			best = m;
			limit = d ? d - 1 : 0;
		}
		if (m && used < sizeof list)
			used += (size_t)snprintf(list + used, sizeof list - used, "%s%s",
			                         used ? ", " : "", m);
	}
	if (best)
		tree_hint(r->tree, "did you mean '%s'?", best);
	else if (used)
		tree_hint(r->tree, "its members: %s%s", list, used >= sizeof list ? "…" : "");
}

/* As GDB takes them: . and -> of a struct or of a pointer to one. */
static bool member(struct resolver *r, struct node *n)
{
	const struct type *t = n->kid[0]->type;

	if (t->kind == TYPE_POINTER) {
		t = type_target(t);
		if (!take_pointee(r, below(r, n, NODE_DEREF, t)))
			return false;
		t = n->kid[0]->type;
	}
	n->kind = NODE_MEMBER;
	r->looked_at = 0;
	if (t->kind != TYPE_STRUCT)
		return resolve_wrong(r, n, "members are of a struct or a union, not of", t);
	type_complete(t);
	if (t->incomplete)
		return resolve_wrong(r, n, "nothing tells what is in", t);
	if (find_member(r, n, t, 8))
		return true;
	resolve_wrong(r, n, "no such member in", t);
	member_hint(r, n, t);
	return false;
}

/* ---- pointers and arrays ---- */

static bool element(struct resolver *r, struct node *n)
{
	const struct type *of = n->kid[0]->type;

	if (!type_is_place(of))
		return resolve_wrong(r, n, "only arrays and pointers have elements, not", of);
	if (!type_is_integer(n->kid[1]->type))
		return resolve_wrong(r, n->kid[1], "an index is an integer, not", n->kid[1]->type);
	n->type = type_target(of);
	if (n->type->kind == TYPE_STRUCT)
		type_complete(n->type);
	return n->type->size ||
	       resolve_wrong(r, n, "nothing tells how large the elements are: they are", n->type);
}

static bool literal(const struct node *n, uint64_t *v)
{
	*v = n->integer;
	return n->kind == NODE_INTEGER;
}

static bool slice(struct resolver *r, struct node *n)
{
	enum { MOST = 4096 };
	uint64_t first, last;

	if (!element(r, n))
		return false;
	if (!literal(n->kid[1], &first) || !literal(n->kid[2], &last))
		return tree_problem(r->tree, n->at, n->length, "the ends of a slice are numbers");
	if (last < first || last - first >= MOST)
		return tree_problem(r->tree, n->at, n->length,
		                    "a slice has its first element in front, and %d at most", MOST);
	n->type = type_array_of(r->types, n->type, last - first + 1);
	return true;
}

static bool deref(struct resolver *r, struct node *n)
{
	const struct type *of = n->kid[0]->type;

	if (!type_is_place(of))
		return resolve_wrong(r, n, "only pointers have something behind them, not", of);
	n->type = type_target(of);
	if (n->type->kind == TYPE_STRUCT)
		type_complete(n->type);
	if (n->type->kind == TYPE_VOID || n->type->kind == TYPE_FUNCTION)
		return resolve_wrong(r, n, "there is no value behind a", of);
	return take_pointee(r, n);
}

/* Is it something that is in memory, or may be? */
static bool is_object(const struct node *n)
{
	return n->kind == NODE_VARIABLE || n->kind == NODE_MEMBER || n->kind == NODE_INDEX ||
	       n->kind == NODE_SLICE || n->kind == NODE_DEREF;
}

static bool is_bit_field(const struct node *n)
{
	return n->kind == NODE_MEMBER && n->kid[0]->type->members[n->member].bits;
}

static bool address(struct resolver *r, struct node *n)
{
	const struct node *of = n->kid[0];

	if (!is_object(of) || is_bit_field(of))
		return tree_problem(r->tree, of->at, of->length, "that has no address");
	if (of->kind == NODE_VARIABLE && (of->variable->location.npieces != 1 ||
	                                  of->variable->location.pieces->kind != LOCATION_MEMORY))
		return tree_problem(r->tree, of->at, of->length,
		                    "it has no address there: it is not in memory");
	n->type = type_pointer_to(r->types, of->type);
	return true;
}

/* ---- types as they were written ---- */

/* Types that C has, whether the program uses them or not. */
static const struct {
	const char *name;
	unsigned size; /* 0: a word */
	bool is_signed;
} base[] = {
        {"char", 1, false},
        {"signed char", 1, true},
        {"unsigned char", 1, false},
        {"short int", 2, true},
        {"int", 4, true},
        {"short unsigned int", 2, false},
        {"unsigned int", 4, false},
        {"long int", 0, true},
        {"long long int", 8, true},
        {"long unsigned int", 0, false},
        {"int8_t", 1, true},
        {"long long unsigned int", 8, false},
        {"uint8_t", 1, false},
        {"int16_t", 2, true},
        {"uint16_t", 2, false},
        {"int32_t", 4, true},
        {"uint32_t", 4, false},
        {"int64_t", 8, true},
        {"uint64_t", 8, false},
        {"uintptr_t", 0, false},
        {"size_t", 0, false},
};

static bool written(struct resolver *r, struct node *n, const struct type **type)
{
	const struct written_type *w = &n->written;
	const struct type *t = type_named(r->types, w->tag, w->name);

	for (size_t i = 0; !t && !w->tag && i < sizeof base / sizeof *base; i++)
		if (strcmp(w->name, base[i].name) == 0)
			t = type_integer(r->types, base[i].size ? base[i].size : r->s->isa->word,
			                 base[i].is_signed);
	if (!t && !w->tag && (strcmp(w->name, "bool") == 0 || strcmp(w->name, "_Bool") == 0))
		t = type_bool(r->types);
	if (!t && !w->tag && (strcmp(w->name, "float") == 0 || strcmp(w->name, "double") == 0))
		t = type_float(r->types, *w->name == 'f' ? 4 : 8);
	if (!t)
		return tree_problem(r->tree, n->at, n->length, "no type '%s%s%s'",
		                    w->tag ? w->tag : "", w->tag ? " " : "", w->name);
	for (unsigned i = 0; i < w->pointers; i++)
		t = type_pointer_to(r->types, t);
	*type = t;
	return true;
}

static bool is_type(void *ctx, const char *tag, const char *text)
{
	struct resolver *r = ctx;
	struct found f = {0};

	for (size_t i = 0; !tag && i < sizeof base / sizeof *base; i++)
		if (strcmp(text, base[i].name) == 0)
			return true;
	if (!type_named(r->types, tag, text))
		return false;
	/* A variable of the same name is meant, then. */
	if (scope_find(r->s->scope, text, false, &f) != SCOPE_VARIABLE)
		return true;
	location_free(&f.variable.location);
	return false;
}

static bool cast(struct resolver *r, struct node *n)
{
	const struct type *from = n->kid[0]->type;

	if (!written(r, n, &n->type))
		return false;
	if (!type_is_scalar(from) && from->kind != TYPE_ARRAY)
		return resolve_wrong(r, n, "only numbers and pointers can be cast, not", from);
	if (!type_is_scalar(n->type))
		return resolve_wrong(r, n, "nothing can be cast to", n->type);
	if ((from->kind == TYPE_FLOAT) != (n->type->kind == TYPE_FLOAT) &&
	    (type_is_place(from) || n->type->kind == TYPE_POINTER))
		return resolve_wrong(r, n, "a float is no pointer: it cannot be cast to", n->type);
	return true;
}

static bool size_of(struct resolver *r, struct node *n)
{
	const struct type *t = n->kid[0] ? n->kid[0]->type : NULL;

	if (!t && !written(r, n, &t))
		return false;
	if (t->kind == TYPE_STRUCT)
		type_complete(t);
	if (!t->size)
		return resolve_wrong(r, n, "nothing tells the size of", t);
	n->kind = NODE_INTEGER;
	n->kid[0] = NULL;
	n->integer = t->size;
	n->type = resolve_word(r, false);
	return true;
}

/* ---- the whole ---- */

static bool (*const by_kind[])(struct resolver *, struct node *) = {
        [NODE_INTEGER] = integer,
        [NODE_TEXT] = text,
        [NODE_NAME] = name,
        [NODE_REGISTER] = reg,
        [NODE_SPECIAL] = special,
        [NODE_MEMBER] = member,
        [NODE_ARROW] = member,
        [NODE_INDEX] = element,
        [NODE_SLICE] = slice,
        [NODE_DEREF] = deref,
        [NODE_ADDRESS] = address,
        [NODE_CAST] = cast,
        [NODE_SIZEOF] = size_of,
        [NODE_UNARY] = resolve_unary,
        [NODE_BINARY] = resolve_binary,
        [NODE_CHOICE] = resolve_choice,
};

/* A reference means what it refers to. */
static void refer(struct resolver *r, struct node *n)
{
	struct node *k = tree_node(r->tree, n->kind, n->at, n->length), *next = k->next;

	*k = *n;
	k->next = next;
	n->kind = NODE_DEREF;
	n->variable = NULL;
	n->kid[0] = k;
	n->kid[1] = n->kid[2] = NULL;
	n->type = type_target(n->type);
	if (n->type->kind == TYPE_STRUCT)
		type_complete(n->type);
}

static bool follows(const struct node *n, unsigned kid)
{
	return kid == 0 &&
	       (n->kind == NODE_DEREF || n->kind == NODE_ARROW || n->kind == NODE_MEMBER);
}

/* A text stands in comparisons only. */
static bool takes(struct resolver *r, const struct node *n, const struct node *kid)
{
	return kid->kind != NODE_TEXT || (n && n->kind == NODE_BINARY) ||
	       tree_problem(r->tree, kid->at, kid->length,
	                    "a text is compared with a variable, by == or !=");
}

static bool operands(struct resolver *r, struct node *n)
{
	for (unsigned i = 0; i < 3; i++)
		if (n->kid[i] && (!takes(r, n, n->kid[i]) || !resolve(r, n->kid[i]) ||
		                  (!follows(n, i) && !has_value(r, n->kid[i]))))
			return false;
	return true;
}

static bool resolve(struct resolver *r, struct node *n)
{
	bool good;

	r->in_sizeof += n->kind == NODE_SIZEOF;
	good = operands(r, n);
	r->in_sizeof -= n->kind == NODE_SIZEOF;
	if (!good)
		return false;
	if (n->kind == NODE_FLOAT) {
		n->type = type_float(r->types, 8);
		return true;
	}
	if (!by_kind[n->kind](r, n))
		return false;
	if (n->type->kind == TYPE_POINTER && n->type->is_reference)
		refer(r, n);
	return true;
}

struct tree *expr_make(const char *text, const struct surroundings *s)
{
	struct resolver r = {.s = s, .types = s->scope->types};

	r.tree = expr_parse(text, is_type, &r);
	if (r.tree->root && !(takes(&r, NULL, r.tree->root) && resolve(&r, r.tree->root) &&
	                      has_value(&r, r.tree->root)))
		r.tree->root = NULL;
	return r.tree;
}
