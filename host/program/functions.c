/* SPDX-License-Identifier: MIT */
/*
 * Finds the definitions of functions: see functions.h.
 */
#include "program/functions.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "program/inlined.h"
#include "program/lookup.h"
#include "program/paths.h"
#include "program/place.h"
#include "program/rows.h"

struct search {
	struct functions *to;
	const char *in_file;
};

static void add(const struct search *s, const struct function *f)
{
	struct functions *to = s->to;

	if (!f->line || !f->file || (s->in_file && !path_ends(f->file, s->in_file)))
		return;
	for (size_t i = 0; i < to->n; i++)
		if (function_same(&to->at[i], f))
			return;
	to->at = grow(to->at, to->n + 1, sizeof *to->at);
	to->at[to->n++] = *f;
}

static void add_symbols(const struct search *s, const struct elf *elf,
                        const struct symbols *symbols)
{
	for (size_t i = 0; i < symbols->n; i++) {
		struct scopes scopes;
		struct function f;

		if (scopes_at(elf, symbols->at[i]->addr, &scopes)) {
			function_of(&scopes.at[0], &f);
			add(s, &f);
		} else {
			s->to->unknown = symbols->at[i];
		}
	}
}

static void add_inlined(void *ctx, const struct inlined *place)
{
	add(ctx, &place->function);
}

void functions_find(const struct elf *elf, const struct elf_file *image, const char *name,
                    const char *in_file, struct functions *to)
{
	struct search s = {to, in_file};
	struct lookup l;

	*to = (struct functions){0};
	lookup(elf, name, WANT_CODE, &l);
	place_keep(elf, image, &l.found);
	place_keep(elf, image, &l.clones);
	add_symbols(&s, elf, &l.found);
	add_symbols(&s, elf, &l.clones);
	lookup_free(&l);
	inlined_find(elf, name, add_inlined, &s);
}

void functions_free(struct functions *f)
{
	free(f->at);
	*f = (struct functions){0};
}

static bool is_one_of(const struct functions *functions, const struct function *f)
{
	for (size_t i = 0; i < functions->n; i++)
		if (function_same(&functions->at[i], f))
			return true;
	return false;
}

/* Of another name, and defined in the same line: templates, what macros make. */
static bool is_twin_of_one(const struct functions *functions, const struct function *f)
{
	for (size_t i = 0; i < functions->n; i++)
		if (functions->at[i].line == f->line && f->file &&
		    strcmp(functions->at[i].file, f->file) == 0)
			return true;
	return false;
}

/* Of the functions around an address the one that a line there is of: of those that begin above it
 * in its file the nearest. */
static bool owner(const struct scopes *scopes, const struct statement *at, struct function *to)
{
	bool found = false;

	for (unsigned i = scopes->n; i-- > 0;) {
		Dwarf_Die scope = scopes->at[i];
		struct function f;

		if (!scope_is_function(&scope))
			continue;
		function_of(&scope, &f);
		if (!f.file || f.line > at->line || (found && f.line <= to->line) ||
		    !path_ends(at->file, f.file))
			continue;
		*to = f;
		found = true;
	}
	return found;
}

enum membership functions_at(const struct functions *functions, const struct elf *elf,
                             const struct statement *at)
{
	struct scopes scopes;
	struct function f;

	if (!scopes_at(elf, at->addr, &scopes) || !owner(&scopes, at, &f))
		return OF_NONE;
	return is_one_of(functions, &f) ? OF_IT : is_twin_of_one(functions, &f) ? OF_TWIN : OF_NONE;
}
