/* SPDX-License-Identifier: MIT */
/*
 * What is said of names that are not there, or more than once: see misses.h.
 */
#include "program/misses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "program/dwarf_units.h"
#include "program/names.h"

enum { LISTED = 12 }; /* candidates in a message, at most */

int need_elf(const char *name)
{
	fail(SYMBOL, "'%s' is a symbol, and there is no ELF to look it up in", name);
	hint("give the firmware's ELF with -e FILE or in TRAPLINE_ELF, or use an address: 0x…");
	return SYMBOL;
}

const char *name_distinct(const struct elf *elf, const struct symbols *symbols, size_t index)
{
	const char *shown = elf_name(elf, symbols->at[index]);

	for (size_t i = 0; i < symbols->n; i++)
		if (i != index && strcmp(elf_name(elf, symbols->at[i]), shown) == 0)
			return symbols->at[index]->name;
	return shown;
}

/* Of "file.c:12" the file; cut up. */
static const char *line_file(char *line)
{
	line[strcspn(line, ":")] = 0;
	return line;
}

/* A hint per symbol: what it is called, and where it is. */
static void list(const struct elf *elf, const struct symbols *symbols)
{
	for (size_t i = 0; i < symbols->n && i < LISTED; i++) {
		char line[CALL_SIZE];

		lines_describe(elf->lines, symbols->at[i]->addr, line, sizeof line);
		hint("0x%08llx  %s%s%s", (unsigned long long)symbols->at[i]->addr,
		     name_distinct(elf, symbols, i), *line ? "  " : "", line);
	}
	if (symbols->n > LISTED)
		hint("… and %zu more", symbols->n - LISTED);
}

/* Is each of them from a file of its own? Then that of the first, in `file`. */
static bool files_differ(const struct elf *elf, const struct symbols *symbols, char *file,
                         size_t size)
{
	for (size_t i = symbols->n; i-- > 0;) {
		if (!lines_describe(elf->lines, symbols->at[i]->addr, file, size))
			return false;
		line_file(file);
		for (size_t k = i + 1; k < symbols->n; k++) {
			char other[CALL_SIZE];

			lines_describe(elf->lines, symbols->at[k]->addr, other, sizeof other);
			if (strcmp(line_file(other), file) == 0)
				return false;
		}
	}
	return true;
}

int ambiguous_name(const struct elf *elf, const char *name, const struct symbols *symbols)
{
	bool code = symbols->at[0]->func, named = true, by_file;
	char file[CALL_SIZE];

	fail(SYMBOL, "%zu %s are named '%s' in %s", symbols->n, code ? "functions" : "symbols",
	     name, elf->name);
	list(elf, symbols);
	for (size_t i = 0; i < symbols->n; i++)
		named &= strcmp(name_distinct(elf, symbols, i), name) != 0;
	by_file = code && symbols->n <= LISTED && files_differ(elf, symbols, file, sizeof file);
	hint("choose one by its address%s%s%s%s%s", named ? " or its whole name" : "",
	     by_file ? ", or by its file: " : "", by_file ? name : "", by_file ? "@" : "",
	     by_file ? file : "");
	if (code)
		hint("or take them all: --all");
	return SYMBOL;
}

/* A function that is there only as what the compiler made of it. */
int only_clones(const struct elf *elf, const char *name, const struct symbols *clones)
{
	bool copies = false;

	for (size_t i = 0; i < clones->n; i++)
		copies |= name_clone(elf_name(elf, clones->at[i])) == CLONE_CHANGED;
	fail(SYMBOL, "no function '%s' in %s, only %s", name, elf->name,
	     copies ? "a copy that the compiler changed: its arguments may differ"
	            : "a part that the compiler split off");
	list(elf, clones);
	hint(copies ? "give the name or the address of the copy; --all takes all copies"
	            : "give the name or the address of the part; calls that do not reach it do not "
	              "hit");
	return SYMBOL;
}

/* -- inlined functions -- */

/* Their names, as a sentence has them. */
static char *names_of(const struct elf *elf, const struct symbols *symbols)
{
	char *names = copy_string(symbols->n ? elf_name(elf, symbols->at[0]) : "?");

	for (size_t i = 1; i < symbols->n && i <= LISTED; i++) {
		bool last = i + 1 == symbols->n || i == LISTED;
		char *longer =
		        format_string(last ? "%s and %s" : "%s, %s", names,
		                      i == LISTED ? "others" : elf_name(elf, symbols->at[i]));

		free(names);
		names = longer;
	}
	return names;
}

/* The functions that these places are in, but for one that is itself meant. */
static struct symbols around(const struct elf *elf, const struct inlined_places *places,
                             const struct elf_symbol *not_in)
{
	struct symbols around = {0};

	for (size_t i = 0; i < places->n; i++) {
		const struct elf_symbol *func = elf_func_at(elf, places->at[i].addr);

		if (func && !(not_in && func->addr == not_in->addr))
			symbols_add(&around, func);
	}
	return around;
}

static void defined_at(const struct inlined_places *places, char *to, size_t size)
{
	const struct function *first = &places->at[0].function;

	if (!line_name(first->file, (int)first->line, to, size))
		snprintf(to, size, "?");
}

int only_inlined(const struct elf *elf, const char *name, const struct inlined_places *places)
{
	struct symbols into = around(elf, places, NULL);
	char *names = names_of(elf, &into), where[CALL_SIZE], place[160];

	defined_at(places, where, sizeof where);
	fail(SYMBOL, "no function '%s' in %s: inlined, at %s, into %s", name, elf->name, where,
	     names);
	for (size_t i = 0; i < places->n && i < LISTED; i++) {
		elf_describe(elf, places->at[i].addr, place, sizeof place);
		hint("0x%08llx  %s  called at %s", (unsigned long long)places->at[i].addr, place,
		     places->at[i].call);
	}
	if (places->n > LISTED)
		hint("… and %zu more", places->n - LISTED);
	elf_describe(elf, places->at[0].addr, place, sizeof place);
	hint("%s begins at %s, which can be probed; %s",
	     places->n > 1 ? "the first of its places" : "it", place,
	     places->n > 1 ? "--all takes them all" : "or take it with --all");
	free(names);
	free(into.at);
	return SYMBOL;
}

void mention_inlined(const struct elf *elf, const char *name, const struct elf_symbol *function,
                     const struct inlined_places *places)
{
	struct symbols into = around(elf, places, function);
	char where[CALL_SIZE], *names;

	if (into.n) {
		names = names_of(elf, &into);
		defined_at(places, where, sizeof where);
		note("some calls of %s do not hit: it was inlined into %s (%s); --all takes those "
		     "places, too",
		     name, names, where);
		free(names);
	}
	free(into.at);
}

/* -- names that are not there -- */

static void near_hint(const struct elf *elf, const char *name, enum wanted wanted)
{
	const struct elf_symbol *near = elf_nearest(elf, name, wanted);
	const char *shown = near ? elf_name(elf, near) : "";
	char line[CALL_SIZE], *bare = name_bare(shown), *where;

	if (!near) {
		hint(wanted == WANT_ANY ? "is it in another ELF, or a member of a variable?"
		                        : "trapline funcs lists what can be probed");
	} else if (near->object) {
		hint("did you mean '%s' (a variable)?", shown);
	} else {
		where = format_string(
		        lines_describe(elf->lines, near->addr, line, sizeof line) ? " (%s)" : "%s",
		        line);
		hint("did you mean '%s'%s?  see: trapline funcs '*%.4s*'", shown, where,
		     name_last(bare));
		free(where);
	}
	free(bare);
}

/* A variable where a function is wanted? */
static bool is_variable(const struct elf *elf, const char *name)
{
	struct lookup l;
	bool is;

	lookup(elf, name, WANT_ANY, &l);
	is = l.found.n > 0;
	if (is) {
		fail(SYMBOL, "no function '%s' in %s: that is a variable (0x%08llx, %llu bytes)",
		     name, elf->name, (unsigned long long)l.found.at[0]->addr,
		     (unsigned long long)l.found.at[0]->size);
		hint("trapline read '%s' shows it; to see it change: trapline watch 'write:%s'",
		     name, name);
	}
	lookup_free(&l);
	return is;
}

static void add_place(void *ctx, const struct inlined *place)
{
	struct inlined_places *to = ctx;

	to->at = grow(to->at, to->n + 1, sizeof *to->at);
	to->at[to->n++] = *place;
}

static bool is_inlined(const struct elf *elf, const char *name)
{
	struct inlined_places places = {0};

	inlined_find(elf, name, add_place, &places);
	if (places.n)
		only_inlined(elf, name, &places);
	free(places.at);
	return places.n;
}

int unknown_name(const struct elf *elf, const char *name, enum wanted wanted)
{
	const char *what = wanted == WANT_ANY ? "symbol" : "function";

	if (!elf->nsymbols) {
		fail(SYMBOL, "no %s '%s': %s has no symbols (it was stripped)", what, name,
		     elf->name);
		hint("give the ELF as it was linked, before strip; or use an address: 0x…");
		return SYMBOL;
	}
	if (wanted == WANT_CODE && (is_inlined(elf, name) || is_variable(elf, name)))
		return SYMBOL;
	fail(SYMBOL, "no %s '%s' in %s", what, name, elf->name);
	near_hint(elf, name, wanted);
	return SYMBOL;
}

int nothing_known(const struct elf *elf, const char *what, const char *name, uint64_t addr)
{
	const char *missing = lines_missing_at(elf->lines, addr);

	if (missing) {
		fail(SYMBOL,
		     "the %s of %s cannot be told: its debug information is in %s, which is not "
		     "there",
		     what, name, missing);
		hint("keep the .dwo files where they were built, or compile without -gsplit-dwarf");
		return SYMBOL;
	}
	fail(SYMBOL, "nothing is known of the %s of %s: it was compiled without -g, or is assembly",
	     what, name);
	hint("compile with -g, or give the file that knows with --debug-file");
	if (elf->isa->e_machine == EM_RISCV)
		hint("-gsplit-dwarf, too, loses the addresses of functions on RISC-V");
	return SYMBOL;
}

/* -- copies -- */

void mention_copies(const struct elf *elf, const char *name, const struct symbols *copies)
{
	if (copies->n)
		note("the compiler made a copy of %s, which has hits of its own: %s%s; --all takes "
		     "it, too",
		     name, elf_name(elf, copies->at[0]), copies->n > 1 ? " …" : "");
}

void note_moved(const char *what, const char *func, const char *parameter, const char *to)
{
	note("%s: moved behind the prologue, which stores '%s': to %s; %s+0 stays", what,
	     parameter ? parameter : "?", to, func);
}
