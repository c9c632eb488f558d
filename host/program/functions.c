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
	add(ctx, &(struct function){place->name, place->file, place->line});
}

void functions_find(const struct elf *elf, const char *name, const char *in_file,
                    struct functions *to)
{
	struct search s = {to, in_file};
	struct lookup l;

	*to = (struct functions){0};
	lookup(elf, name, WANT_CODE, &l);
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

enum membership functions_at(const struct functions *functions, const struct elf *elf,
                             uint64_t addr)
{
	enum membership found = AROUND_NONE;
	struct scopes scopes;
	bool innermost = true;

	if (!scopes_at(elf, addr, &scopes))
		return AROUND_NONE;
	for (unsigned i = scopes.n; i-- > 0;) {
		struct function f;

		if (!scope_is_function(&scopes.at[i]))
			continue;
		function_of(&scopes.at[i], &f);
		if (is_one_of(functions, &f))
			return innermost ? AROUND_IT : AROUND_OTHERS;
		if (is_twin_of_one(functions, &f))
			found = AROUND_TWIN;
		innermost = false;
	}
	return found;
}
