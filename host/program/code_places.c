/* SPDX-License-Identifier: MIT */
/*
 * Finds places in code: see code_places.h.
 */
#include "program/code_places.h"

#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "program/by_line.h"
#include "program/isas.h"
#include "program/misses.h"
#include "program/names.h"
#include "program/paths.h"
#include "program/place.h"
#include "program/scopes.h"

enum { LISTED = 16, DESCRIBED = 240 };

static void add(struct code_places *to, uint64_t addr, char *name, bool named, bool inside)
{
	to->at = grow(to->at, to->n + 1, sizeof *to->at);
	to->at[to->n++] = (struct code_place){addr, name, named, inside, false};
}

void code_places_free(struct code_places *places)
{
	for (size_t i = 0; i < places->n; i++)
		free(places->at[i].name);
	free(places->at);
	*places = (struct code_places){0};
}

/* `fw.c:9 at work+0x12`: what one of several is called. */
static char *name_of(const struct elf *elf, const char *typed, uint64_t addr)
{
	char place[160];

	elf_describe(elf, addr, place, sizeof place);
	return format_string("%s at %s", typed, place);
}

/* -- lines -- */

static int several(const struct elf *elf, const char *typed, const struct line_places *found)
{
	bool files = false;

	for (size_t i = 1; i < found->n; i++)
		files |= strcmp(found->at[i].file, found->at[0].file) != 0;
	fail(SYMBOL, "%s has %zu places in %s", typed, found->n, elf->name);
	for (size_t i = 0; i < found->n && i < LISTED; i++) {
		char where[DESCRIBED];

		describe_place(elf, found->at[i].addr, where, sizeof where);
		hint("0x%08llx  %s%s%s", (unsigned long long)found->at[i].addr, where,
		     files ? "  " : "", files ? found->at[i].file : "");
	}
	if (found->n > LISTED)
		hint("… and %zu more", found->n - LISTED);
	hint("choose one by its address; or take them all: --all");
	return SYMBOL;
}

static int by_line(struct code_places *to, const struct elf *elf, const struct place *place,
                   bool all)
{
	struct line_places found;
	char *typed = format_string("%s%s%s%s%s:%u", place->image ? place->image->image : "",
	                            place->image ? ":" : "", place->name, place->in_file ? "@" : "",
	                            place->in_file ? place->in_file : "", place->line);
	int status = places_of_line(&found, elf, place);

	if (!status && found.n > 1 && !all)
		status = several(elf, typed, &found);
	for (size_t i = 0; i < found.n && !status; i++)
		add(to, found.at[i].addr,
		    found.n > 1 ? name_of(elf, typed, found.at[i].addr) : copy_string(typed), false,
		    true);
	free(found.at);
	free(typed);
	return status;
}

/* -- functions -- */

bool code_is_from(const struct elf *elf, const struct elf_symbol *symbol, const char *file)
{
	struct scopes scopes;
	struct function f = {0};
	char line[CALL_SIZE];

	if (scopes_at(elf, symbol->addr, &scopes))
		function_of(&scopes.at[0], &f);
	if (f.file)
		return path_ends(f.file, file);
	if (!lines_describe(elf->lines, symbol->addr, line, sizeof line))
		return false;
	line[strcspn(line, ":")] = 0;
	return strcmp(line, path_last(file)) == 0;
}

static void keep_those_from(const struct elf *elf, struct symbols *symbols, const char *file)
{
	size_t n = 0;

	for (size_t i = 0; i < symbols->n; i++)
		if (code_is_from(elf, symbols->at[i], file))
			symbols->at[n++] = symbols->at[i];
	symbols->n = n;
}

/* FUNC is there, and not from that file. */
static int not_from(const struct elf *elf, const struct place *place, const struct symbols *symbols)
{
	fail(SYMBOL, "no function '%s' of a file '%s' in %s", place->name, place->in_file,
	     elf->name);
	for (size_t i = 0; i < symbols->n && i < LISTED; i++) {
		char line[CALL_SIZE];

		hint("there is %s, %s", elf_name(elf, symbols->at[i]),
		     lines_describe(elf->lines, symbols->at[i]->addr, line, sizeof line)
		             ? line
		             : "of a file unknown");
	}
	return SYMBOL;
}

static int beyond(const struct elf *elf, const struct elf_symbol *symbol, const char *typed)
{
	const char *shown = elf_name(elf, symbol);

	fail(REFUSED, "%s is beyond the end of %s (%llu bytes)", typed, shown,
	     (unsigned long long)symbol->size);
	hint("trapline funcs -v '%s' lists the instructions' addresses", shown);
	return REFUSED;
}

struct search {
	const struct elf *elf;
	const struct place *place;
	struct code_places *to;
	struct symbols found, clones, copies;
	struct inlined_places inlined;
};

static void take_inlined(void *ctx, const struct inlined *place)
{
	struct search *s = ctx;

	if (s->place->image && elf_image_at(s->elf, place->addr) != s->place->image)
		return;
	if (s->place->in_file &&
	    !(place->function.file && path_ends(place->function.file, s->place->in_file)))
		return;
	for (size_t i = 0; i < s->inlined.n; i++)
		if (s->inlined.at[i].addr == place->addr)
			return;
	s->inlined.at = grow(s->inlined.at, s->inlined.n + 1, sizeof *s->inlined.at);
	s->inlined.at[s->inlined.n++] = *place;
}

/* Of clones, those that are whole functions. */
static void take_copies(struct search *s)
{
	for (size_t i = 0; i < s->clones.n; i++)
		if (name_clone(elf_name(s->elf, s->clones.at[i])) == CLONE_CHANGED)
			symbols_add(&s->copies, s->clones.at[i]);
}

/* Why none was found. */
static int none(struct search *s, const struct symbols *elsewhere)
{
	if (s->clones.n)
		return only_clones(s->elf, s->place->name, &s->clones);
	if (elsewhere->n)
		return not_from(s->elf, s->place, elsewhere);
	if (s->inlined.n)
		return only_inlined(s->elf, s->place->name, &s->inlined);
	return unknown_name(s->elf, s->place->name, WANT_CODE);
}

/* All that there is of the name; in `elsewhere`, what is from other files. */
static void look_up(struct search *s, struct symbols *elsewhere)
{
	struct lookup l;

	lookup(s->elf, s->place->name, WANT_CODE, &l);
	place_keep(s->elf, s->place->image, &l.found);
	place_keep(s->elf, s->place->image, &l.clones);
	s->found = l.found;
	s->clones = l.clones;
	if (s->place->in_file) {
		for (size_t i = 0; i < l.found.n; i++)
			symbols_add(elsewhere, l.found.at[i]);
		keep_those_from(s->elf, &s->found, s->place->in_file);
		keep_those_from(s->elf, &s->clones, s->place->in_file);
	}
	take_copies(s);
	inlined_find(s->elf, s->place->name, take_inlined, s);
}

static int add_symbol(struct search *s, const struct symbols *symbols, size_t i)
{
	const struct elf_symbol *symbol = symbols->at[i];
	const struct place *p = s->place;
	const struct elf_file *image = elf_image_at(s->elf, symbol->addr);
	char *name = format_string("%s%s%s%s%s%s%s", image ? image->image : "", image ? ":" : "",
	                           symbols->n > 1 ? name_distinct(s->elf, symbols, i) : p->name,
	                           symbols->n == 1 && p->in_file ? "@" : "",
	                           symbols->n == 1 && p->in_file ? p->in_file : "",
	                           *p->typed_off ? "+" : "", p->typed_off);

	if (p->off && symbol->size && p->off >= symbol->size) {
		int status = beyond(s->elf, symbol, name);

		free(name);
		return status;
	}
	add(s->to, symbol->addr + p->off, name, !p->off, false);
	s->to->at[s->to->n - 1].alone = !*p->typed_off && symbol->func;
	return DONE;
}

/* Those places that are not in the function itself, nor the same as another one's. */
static void add_inlined(struct search *s)
{
	const char *name = s->place->name;

	for (size_t i = 0; i < s->inlined.n; i++)
		add(s->to, s->inlined.at[i].addr,
		    s->inlined.n + s->found.n > 1 ? name_of(s->elf, name, s->inlined.at[i].addr)
		                                  : copy_string(name),
		    false, true);
}

static void mention(struct search *s)
{
	mention_inlined(s->elf, s->place->name, s->found.at[0], &s->inlined);
	mention_copies(s->elf, s->place->name, &s->copies);
}

static int by_name(struct code_places *to, const struct elf *elf, const struct place *place,
                   bool all)
{
	struct search s = {.elf = elf, .place = place, .to = to};
	struct symbols elsewhere = {0};
	int status = DONE;

	look_up(&s, &elsewhere);
	for (size_t i = 0; all && i < s.copies.n; i++)
		symbols_add(&s.found, s.copies.at[i]);
	if (!s.found.n && !(all && s.inlined.n && !place->off))
		status = none(&s, &elsewhere);
	else if (s.found.n > 1 && !all)
		status = ambiguous_name(elf, place->name, &s.found);
	for (size_t i = 0; i < s.found.n && !status; i++)
		status = add_symbol(&s, &s.found, i);
	if (!status && all && !place->off)
		add_inlined(&s);
	else if (!status)
		mention(&s);
	free(s.found.at);
	free(s.clones.at);
	free(s.copies.at);
	free(s.inlined.at);
	free(elsewhere.at);
	return status;
}

/* -- both -- */

int code_places_find(struct code_places *to, char *text, const struct elf *elf,
                     const struct tl_isa *isa, bool all)
{
	struct place place;
	uint64_t addr;
	char described[160];
	int status;

	*to = (struct code_places){0};
	if (place_of_image(text, elf, &addr, &status) && status)
		return status;
	if (place_of_image(text, elf, &addr, &status) || parse_number(text, &addr)) {
		if (isa)
			addr = isa_code_address(isa, addr);
		elf_describe(elf, addr, described, sizeof described);
		add(to, addr, copy_string(described), false, false);
		return DONE;
	}
	status = place_split(text, elf, &place);
	if (status)
		return status;
	if (!elf)
		return need_elf(place.name);
	status = place.has_line ? by_line(to, elf, &place, all) : by_name(to, elf, &place, all);
	if (status)
		code_places_free(to);
	return status;
}
