/* SPDX-License-Identifier: MIT */
/*
 * Completion within an expression: see complete_expression.h. The type of what stands before a . or
 * -> is found as that of any expression; that its value may be nowhere is no matter here.
 */
#include "cmd/complete_expression.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "expr/resolve.h"
#include "program/code_places.h"
#include "program/locals.h"
#include "program/lookup.h"

/* A word, taken apart. */
struct typed {
	const struct elf *elf;
	const char *word;
	const char *name; /* the end that is to be completed */
	struct scope scope;
};

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

/* Where the name begins that `end` ends. */
static const char *name_before(const char *start, const char *end)
{
	while (end > start && in_name(end[-1]))
		end--;
	return end;
}

/* Where the bracket is that the one before `end` closes; NULL: nowhere. */
static const char *bracket_before(const char *start, const char *end)
{
	unsigned open = 0;

	while (end > start) {
		char c = *--end;

		open += c == ')' || c == ']';
		if ((c == '(' || c == '[') && !--open)
			return end;
	}
	return NULL;
}

/* Where the operand begins that `end` ends: a name with what is behind it. */
static const char *operand_before(const char *start, const char *end)
{
	while (end && end > start) {
		char c = end[-1];

		if (in_name(c) || c == ':' || c == '@' || c == '.')
			end--;
		else if (c == '>' && end - start > 1 && end[-2] == '-')
			end -= 2;
		else if (c == ']' || c == ')')
			end = bracket_before(start, end);
		else
			break;
	}
	return end;
}

static const char *const accesses[] = {"write:", "read:", "access:"};

static void print(const struct typed *t, const char *name)
{
	if (name && strncmp(name, t->name, strlen(t->name)) == 0)
		printf("%.*s%s\n", (int)(t->name - t->word), t->word, name);
}

/* -- members -- */

/* Those of what has no name, and of base classes, are the whole's. */
static void print_members(const struct typed *t, const struct type *of, unsigned depth)
{
	type_complete(of);
	for (size_t i = 0; i < of->nmembers; i++) {
		const struct member *m = &of->members[i];

		if (m->name && !m->inherited)
			print(t, m->name);
		else if (depth && type_member(of, i)->kind == TYPE_STRUCT)
			print_members(t, type_member(of, i), depth - 1);
	}
}

static void complete_member(const struct typed *t, const char *start, const char *end)
{
	enum { DEPTH = 8 };
	const char *from = operand_before(start, end);
	char *text = from ? format_string("%.*s", (int)(end - from), from) : copy_string("");
	struct surroundings around = {.scope = &t->scope, .isa = t->elf->isa};
	struct tree *tree = expr_make(text, &around);
	const struct type *type = tree->root ? tree->root->type : NULL;

	if (type && type->kind == TYPE_POINTER)
		type = type_target(type);
	if (type && type->kind == TYPE_STRUCT)
		print_members(t, type, DEPTH);
	tree_free(tree);
	free(text);
}

/* -- variables -- */

static void print_local(void *ctx, const struct local *v)
{
	if (!v->hidden)
		print(ctx, v->name);
}

/* The name with what is in front of it: ns::Class::name */
static void complete_variable(struct typed *t, const char *start)
{
	const char *last = "";
	struct scopes scopes;

	while (t->name - start > 2 && t->name[-1] == ':' && t->name[-2] == ':')
		t->name = name_before(start, t->name - 2);
	if (t->scope.at && scopes_at(t->elf, t->scope.pc, &scopes))
		locals_each(&scopes, print_local, t);
	for (size_t i = 0; *t->name && i < t->elf->nsymbols; i++) {
		const struct elf_symbol *symbol = t->elf->names[i];
		const char *shown = elf_name(t->elf, symbol);

		if (!symbol->object || elf_is_agents(t->elf, symbol) || strcmp(shown, last) == 0)
			continue;
		last = shown;
		print(t, shown);
	}
}

/* -- both -- */

/* Where the place's first instruction is. */
static bool find_place(struct typed *t, const char *text, size_t length)
{
	char *place = format_string("%.*s", (int)length, text), *rest = place;
	struct code_places places;
	char *percent = strrchr(place, '%');
	char *equals = strchr(place, '=');

	if (percent)
		*percent = 0; /* %return: the variables are those of the entry */
	if (equals)
		rest = equals + 1; /* NAME= */
	t->scope.at = code_places_find(&places, rest, t->elf, t->elf->isa, true) == 0 && places.n;
	if (t->scope.at)
		t->scope.pc = places.at[0].addr;
	code_places_free(&places);
	free(place);
	return t->scope.at;
}

/* Behind `write:` and the like, of which no place knows the variables; NULL: it is not that. */
static const char *data_in(const char *start)
{
	const char *equals = strchr(start, '='), *colon = strchr(start, ':');

	if (equals && colon && equals < colon)
		start = equals + 1; /* NAME= */
	for (size_t i = 0; i < sizeof accesses / sizeof *accesses; i++)
		if (strncmp(start, accesses[i], strlen(accesses[i])) == 0)
			return start + strlen(accesses[i]);
	return NULL;
}

void complete_access(const char *word)
{
	const char *start = word + (*word == '"' || *word == '\'');

	for (size_t i = 0; i < sizeof accesses / sizeof *accesses; i++)
		if (*start && strncmp(accesses[i], start, strlen(start)) == 0)
			printf("%.*s%s\n", (int)(start - word), word, accesses[i]);
}

bool complete_expression(const struct elf *elf, const char *word, bool place)
{
	const char *start = word + (*word == '"' || *word == '\''), *end = word + strlen(word);
	const char *space = place ? strchr(start, ' ') : NULL,
	           *data = place ? data_in(start) : NULL;
	struct typed t = {.elf = elf, .word = word, .name = name_before(start, end)};

	if (place && !space && !data)
		return false;
	if (data)
		start = data;
	t.scope = (struct scope){.elf = elf, .types = types_open(elf->lines, elf->isa->word)};
	if (!space || data || find_place(&t, start, (size_t)(space - start))) {
		const char *before = t.name;

		if (space)
			start = space + 1;
		if (before - start > 1 && before[-1] == '.' && before[-2] != '.')
			complete_member(&t, start, before - 1);
		else if (before - start > 2 && before[-1] == '>' && before[-2] == '-')
			complete_member(&t, start, before - 2);
		else if (before == start || !strchr(".%$", before[-1]))
			complete_variable(&t, start);
	}
	types_close(t.scope.types);
	return true;
}
