/* SPDX-License-Identifier: MIT */
/*
 * Looks lines up in the line tables: see by_line.h.
 */
#include "program/by_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "program/functions.h"
#include "program/misses.h"
#include "program/paths.h"
#include "program/rows.h"

/* What is looked for, and what was seen meanwhile: to say what there is if it is not. */
struct search {
	const struct elf *elf;
	const struct elf_file *image;      /* of this program; NULL: whatever file */
	const char *typed;                 /* a path's end; NULL: the file of each function */
	const struct functions *functions; /* NULL: whatever function */
	unsigned line;                     /* of the file, or from the function's first one on */
	struct line_places *to;
	const char *file; /* the last one that was compared */
	bool fits;
	bool any, in_file;              /* is there a line at all; one of such a file */
	struct statement before, after; /* the nearest lines with code, where there are some */
};

/* -- finding -- */

static bool is_functions_file(const struct search *s, const char *file)
{
	for (size_t i = 0; i < s->functions->n; i++)
		if (path_ends(file, s->functions->at[i].file))
			return true;
	return false;
}

static bool fits(struct search *s, const char *file)
{
	if (file != s->file) {
		s->file = file;
		s->fits = s->typed ? path_ends(file, s->typed) : is_functions_file(s, file);
	}
	return s->fits;
}

/* Is that line meant: of the file, or of one of the functions? */
static bool is_meant(const struct search *s, const struct statement *at, unsigned *line)
{
	*line = s->line;
	if (!s->functions)
		return at->line == s->line;
	for (size_t i = 0; i < s->functions->n; i++) {
		*line = s->functions->at[i].line + s->line;
		if (at->line == *line && path_ends(at->file, s->functions->at[i].file))
			return functions_at(s->functions, s->elf, at) != OF_TWIN;
	}
	return false;
}

static void note_nearest(struct search *s, const struct statement *at, unsigned line)
{
	if (s->functions && functions_at(s->functions, s->elf, at) != OF_IT)
		return;
	if (at->line < line && at->line > s->before.line)
		s->before = *at;
	if (at->line > line && (!s->after.line || at->line < s->after.line))
		s->after = *at;
}

static void look_at(void *ctx, const struct statement *at)
{
	struct search *s = ctx;
	unsigned line;

	if (s->image && elf_image_at(s->elf, at->addr) != s->image)
		return;
	s->any = true;
	if (!fits(s, at->file))
		return;
	s->in_file = true;
	if (!is_meant(s, at, &line)) {
		if (!s->to->n)
			note_nearest(s, at, line);
		return;
	}
	s->to->at = grow(s->to->at, s->to->n + 1, sizeof *s->to->at);
	s->to->at[s->to->n++] = (struct line_place){at->addr, at->file, at->line};
}

static int by_address(const void *a, const void *b)
{
	const struct line_place *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static void sort(struct line_places *places)
{
	size_t n = 0;

	if (places->n)
		qsort(places->at, places->n, sizeof *places->at, by_address);
	for (size_t i = 0; i < places->n; i++)
		if (!n || places->at[i].addr != places->at[n - 1].addr)
			places->at[n++] = places->at[i];
	places->n = n;
}

/* -- what is said -- */

struct near_file {
	const char *typed, *nearest, *last;
	unsigned best;
	bool found;
};

static void compare_file(void *ctx, const struct statement *at)
{
	struct near_file *n = ctx;
	unsigned d;

	if (at->file == n->last)
		return;
	n->last = at->file;
	n->found |= path_ends(at->file, n->typed);
	d = edit_distance(path_last(n->typed), path_last(at->file), n->best);
	if (d < n->best) {
		n->best = d;
		n->nearest = at->file;
	}
}

bool is_source_file(const struct elf *elf, const char *typed)
{
	struct near_file n = {.typed = typed};

	statements_each(elf, compare_file, &n);
	return n.found;
}

static int no_lines(const struct elf *elf)
{
	fail(SYMBOL, "%s has no source lines: it was compiled without -g, or stripped of them",
	     elf->name);
	hint("compile with -g, or give the file that has them with --debug-file; FUNC+OFF and "
	     "0xADDR need none");
	return SYMBOL;
}

static int no_file(const struct elf *elf, const char *typed)
{
	struct near_file n = {.typed = typed, .best = edit_limit(path_last(typed)) + 1};

	statements_each(elf, compare_file, &n);
	fail(SYMBOL, "no code of a source file '%s' in %s", typed, elf->name);
	if (n.nearest)
		hint("did you mean '%s' (%s)?", path_last(n.nearest), n.nearest);
	else
		hint("a file is named as it ends: fw.c or src/fw.c; trapline funcs shows those "
		     "that there are");
	return SYMBOL;
}

/* "fw.c:7 (parse)"; of a function's lines, "parse:2 (fw.c:7)". */
static void describe_near(const struct search *s, const struct statement *at, char *to, size_t size)
{
	char place[160];

	elf_describe(s->elf, at->addr, place, sizeof place);
	place[strcspn(place, "+")] = 0;
	for (size_t i = 0; s->functions && i < s->functions->n; i++) {
		const struct function *f = &s->functions->at[i];

		if (at->line < f->line || !path_ends(at->file, f->file))
			continue;
		snprintf(to, size, "%s:%u (%s:%u)", f->name, at->line - f->line,
		         path_last(at->file), at->line);
		return;
	}
	snprintf(to, size, "%s:%u (%s)", path_last(at->file), at->line, place);
}

static int no_code(const struct search *s, const struct place *place)
{
	char before[256] = "", after[256] = "";

	fail(SYMBOL, "%s:%u has no code in %s", place->name, place->line, s->elf->name);
	if (s->before.line)
		describe_near(s, &s->before, before, sizeof before);
	if (s->after.line)
		describe_near(s, &s->after, after, sizeof after);
	if (*before || *after)
		hint("the nearest lines with code: %s%s%s", before, *before && *after ? ", " : "",
		     after);
	return SYMBOL;
}

/* -- together -- */

/* Is it a function rather than a file? By its looks, where it could be both. */
static bool is_function(const struct elf *elf, const struct place *place, struct functions *to)
{
	if (!place->in_file && strpbrk(place->name, "./\\") && is_source_file(elf, place->name)) {
		*to = (struct functions){0};
		return false;
	}
	functions_find(elf, place->image, place->name, place->in_file, to);
	return to->n || to->unknown;
}

static int not_found(const struct search *s, const struct place *place)
{
	bool is_path = strpbrk(place->name, "./\\") && !place->in_file;

	if (!s->any && (is_path || s->elf->nsymbols))
		return no_lines(s->elf);
	if (s->in_file)
		return no_code(s, place);
	return is_path ? no_file(s->elf, place->name)
	               : unknown_name(s->elf, place->name, WANT_CODE);
}

int places_of_line(struct line_places *to, const struct elf *elf, const struct place *place)
{
	struct functions functions;
	struct search s = {.elf = elf, .image = place->image, .line = place->line, .to = to};
	int status = DONE;

	*to = (struct line_places){0};
	if (is_function(elf, place, &functions))
		s.functions = &functions;
	else
		s.typed = place->name;
	if (s.functions && !functions.n)
		status = nothing_known(elf, "lines", place->name, functions.unknown->addr);
	else
		statements_each(elf, look_at, &s);
	sort(to);
	if (!status && !to->n)
		status = not_found(&s, place);
	functions_free(&functions);
	return status;
}

/* -- all lines of a function -- */

struct extent {
	const struct elf *elf;
	const struct functions *functions; /* one */
	struct line_places *to;
	unsigned last;
	const char *file; /* the last one that was compared */
	bool fits;
};

static void look_in(void *ctx, const struct statement *at)
{
	struct extent *e = ctx;
	const struct function *f = e->functions->at;
	enum membership around;

	if (at->file != e->file) {
		e->file = at->file;
		e->fits = path_ends(at->file, f->file);
	}
	if (!e->fits || at->line < f->line)
		return;
	around = functions_at(e->functions, e->elf, at);
	if (around == OF_IT && at->line > e->last)
		e->last = at->line;
	if (around == OF_TWIN)
		return;
	e->to->at = grow(e->to->at, e->to->n + 1, sizeof *e->to->at);
	e->to->at[e->to->n++] = (struct line_place){at->addr, at->file, at->line};
}

static int by_line_and_address(const void *a, const void *b)
{
	const struct line_place *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return by_address(a, b);
}

void places_of_function(struct line_places *to, const struct elf *elf, const struct function *f,
                        unsigned *last)
{
	struct function copy = *f;
	struct functions one = {.at = &copy, .n = 1};
	struct extent e = {.elf = elf, .functions = &one, .to = to, .last = f->line};
	size_t n = 0;

	*to = (struct line_places){0};
	statements_each(elf, look_in, &e);
	if (to->n)
		qsort(to->at, to->n, sizeof *to->at, by_line_and_address);
	for (size_t i = 0; i < to->n && to->at[i].line <= e.last; i++)
		if (!n || to->at[i].addr != to->at[n - 1].addr ||
		    to->at[i].line != to->at[n - 1].line)
			to->at[n++] = to->at[i];
	to->n = n;
	*last = e.last;
}

void describe_place(const struct elf *elf, uint64_t addr, char *to, size_t size)
{
	struct scopes scopes;
	size_t n;

	elf_describe(elf, addr, to, size);
	if (!scopes_at(elf, addr, &scopes))
		return;
	for (unsigned i = scopes.n; i-- > 1;) {
		char call[CALL_SIZE];
		struct function f;

		if (!scope_is_function(&scopes.at[i]))
			continue;
		function_of(&scopes.at[i], &f);
		scope_call(&scopes.at[i], call, sizeof call);
		n = strlen(to);
		snprintf(to + n, size - n, "%s%s called at %s", strchr(to, ':') ? ", " : ": ",
		         f.name, call);
	}
}
