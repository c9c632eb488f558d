/* SPDX-License-Identifier: MIT */
/*
 * Names looked up, and what is said when that fails: see place.h.
 */
#include "program/place.h"

#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "program/dwarf.h"
#include "program/inlined.h"
#include "program/lookup.h"
#include "program/names.h"

enum { LISTED = 12 }; /* candidates in a message, at most */

int need_elf(const char *name)
{
	fail(SYMBOL, "'%s' is a symbol, and there is no ELF to look it up in", name);
	hint("give the firmware's ELF with -e FILE or in TRAPLINE_ELF, or use an address: 0x…");
	return SYMBOL;
}

/* What to call one of several: as people read it, unless others read the same (constructors, Rust's
 * hashes). */
const char *place_distinct(const struct elf *elf, const struct symbols *symbols, size_t index)
{
	const char *shown = elf_name(elf, symbols->at[index]);

	for (size_t i = 0; i < symbols->n; i++)
		if (i != index && strcmp(elf_name(elf, symbols->at[i]), shown) == 0)
			return symbols->at[index]->name;
	return shown;
}

/* A hint per symbol: what it is called, and where it is. */
static void list(const struct elf *elf, const struct symbols *symbols)
{
	for (size_t i = 0; i < symbols->n && i < LISTED; i++) {
		char line[96];

		lines_describe(elf->lines, symbols->at[i]->addr, line, sizeof line);
		hint("0x%08llx  %s%s%s", (unsigned long long)symbols->at[i]->addr,
		     place_distinct(elf, symbols, i), *line ? "  " : "", line);
	}
	if (symbols->n > LISTED)
		hint("… and %zu more", symbols->n - LISTED);
}

static int ambiguous(const struct elf *elf, const char *name, const struct symbols *symbols)
{
	bool code = symbols->at[0]->func, named = true;

	fail(SYMBOL, "%zu %s are named '%s' in %s", symbols->n, code ? "functions" : "symbols",
	     name, elf->name);
	list(elf, symbols);
	for (size_t i = 0; i < symbols->n; i++)
		named &= strcmp(place_distinct(elf, symbols, i), name) != 0;
	hint("choose one by its address%s%s", named ? " or its whole name" : "",
	     code ? "; or take them all: --all" : "");
	return SYMBOL;
}

/* A function that is there only as what the compiler made of it. */
static int only_clones(const struct elf *elf, const char *name, const struct symbols *clones)
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

struct inlined {
	const struct elf *elf;
	const struct elf_symbol *not_into;
	struct symbols into;
	uint64_t first; /* where it begins in the first of them */
	unsigned places;
};

static void into(void *ctx, uint64_t addr)
{
	struct inlined *in = ctx;
	const struct elf_symbol *func = elf_func_at(in->elf, addr);

	if (!func || (in->not_into && func->addr == in->not_into->addr))
		return; /* in code that the linker threw away, or in itself */
	if (!in->places++)
		in->first = addr;
	symbols_add(&in->into, func);
}

/* Their names, as a sentence has them. */
static char *names_of(const struct elf *elf, const struct symbols *symbols)
{
	char *names = copy_string(elf_name(elf, symbols->at[0]));

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

/* A function that is there only within others? */
static bool is_inlined(const struct elf *elf, const char *name)
{
	struct inlined in = {.elf = elf};
	char where[96], place[160], *names;
	bool is = inlined_find(elf->lines, name, where, sizeof where, into, &in) && in.places;

	if (is) {
		names = names_of(elf, &in.into);
		elf_describe(elf, in.first, place, sizeof place);
		fail(SYMBOL, "no function '%s' in %s: inlined, at %s, into %s", name, elf->name,
		     *where ? where : "?", names);
		hint("%s begins at %s, which can be probed; so can the functions around",
		     in.places > 1 ? "the first of its places" : "it", place);
		free(names);
	}
	free(in.into.at);
	return is;
}

static void near_hint(const struct elf *elf, const char *name, enum wanted wanted)
{
	const struct elf_symbol *near = elf_nearest(elf, name, wanted);
	const char *shown = near ? elf_name(elf, near) : "";
	char line[96], *bare = name_bare(shown), *where;

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
		hint("trapline read '%s' shows it; to see it change, probe the code that writes it",
		     name);
	}
	lookup_free(&l);
	return is;
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

/* Who counts calls of a function wants to know of those that are not calls any more. */
static void mention_inlined(const struct elf *elf, const char *name,
                            const struct elf_symbol *function)
{
	struct inlined in = {.elf = elf, .not_into = function};
	char where[96], *names;

	if (inlined_find(elf->lines, name, where, sizeof where, into, &in) && in.into.n) {
		names = names_of(elf, &in.into);
		note("some calls of %s do not hit: it was inlined into %s (%s)", name, names,
		     *where ? where : "?");
		free(names);
	}
	free(in.into.at);
}

/* Of clones, those that are whole functions. */
static void take_copies(const struct elf *elf, const struct symbols *clones, struct symbols *to)
{
	for (size_t i = 0; i < clones->n; i++)
		if (name_clone(elf_name(elf, clones->at[i])) == CLONE_CHANGED)
			symbols_add(to, clones->at[i]);
}

/* Who counts calls of a function wants to know of its copies. */
static void mention_copies(const struct elf *elf, const char *name, const struct symbols *clones)
{
	struct symbols copies = {0};

	take_copies(elf, clones, &copies);
	if (copies.n)
		note("the compiler made a copy of %s, which has hits of its own: %s%s; --all takes "
		     "it, too",
		     name, elf_name(elf, copies.at[0]), copies.n > 1 ? " …" : "");
	free(copies.at);
}

int place_symbols(const char *name, const struct elf *elf, enum wanted wanted, bool all,
                  struct symbols *to)
{
	struct lookup l;
	int status = DONE;

	*to = (struct symbols){0};
	if (!elf)
		return need_elf(name);
	lookup(elf, name, wanted, &l);
	if (all)
		take_copies(elf, &l.clones, &l.found);
	if (!l.found.n)
		status = l.clones.n ? only_clones(elf, name, &l.clones)
		                    : unknown_name(elf, name, wanted);
	else if (l.found.n > 1 && !all)
		status = ambiguous(elf, name, &l.found);
	if (!status) {
		if (wanted == WANT_CODE)
			mention_inlined(elf, name, l.found.at[0]);
		if (!all && wanted == WANT_CODE)
			mention_copies(elf, name, &l.clones);
		*to = l.found;
		l.found = (struct symbols){0};
	}
	lookup_free(&l);
	return status;
}

static int not_an_offset(const char *name, const char *typed)
{
	fail(USAGE, "'%s': not an offset", typed);
	hint("an offset is a number of bytes: %s+4 or %s+0x10; a name with a + in it stands in "
	     "quotes: '\"%s+%s\"'",
	     name, name, name, typed);
	return USAGE;
}

/* "name"+OFF: `text` begins with the quote. */
static int split_quoted(char *text, struct place *place)
{
	char *end = strchr(text + 1, *text);

	if (!end || end == text + 1) {
		fail(USAGE, "%s: %s", text,
		     end ? "there is no name in the quotes" : "a quote is not closed");
		return USAGE;
	}
	*end++ = 0;
	place->name = text + 1;
	if (*end == '+' && !parse_number(end + 1, &place->off))
		return not_an_offset(place->name, end + 1);
	if (*end == '+')
		place->typed_off = end + 1;
	if (*end && *end != '+') {
		fail(USAGE, "'%s' behind the name in quotes: only +OFF or %%return may stand there",
		     end);
		return USAGE;
	}
	return DONE;
}

static bool is_known(const struct elf *elf, const char *name)
{
	struct lookup l = {0};
	bool known;

	if (elf)
		lookup(elf, name, WANT_ANY, &l);
	known = l.found.n || l.clones.n;
	lookup_free(&l);
	return known;
}

bool place_is_known(const struct elf *elf, const char *text)
{
	const char *plus = strrchr(text, '+');
	uint64_t off;
	char *name;
	bool known = is_known(elf, text);

	if (known || !plus || !parse_number(plus + 1, &off))
		return known;
	name = copy_string(text);
	name[plus - text] = 0;
	known = is_known(elf, name);
	free(name);
	return known;
}

int place_split(char *text, const struct elf *elf, struct place *place)
{
	char *plus = strrchr(text, '+');

	*place = (struct place){.name = text, .typed_off = ""};
	if (*text == '"' || *text == '\'')
		return split_quoted(text, place);
	if (!plus)
		return DONE;
	if (parse_number(plus + 1, &place->off)) {
		*plus = 0;
		place->typed_off = plus + 1;
	} else if (!strstr(text, "operator") && !is_known(elf, text)) {
		*plus = 0;
		return not_an_offset(text, plus + 1);
	}
	return DONE;
}

int place_parse(const char *text, const struct elf *elf, uint64_t *addr, uint64_t *size)
{
	struct symbols symbols = {0};
	struct place place;
	char *copy;
	int status;

	*size = 0;
	if (parse_number(text, addr))
		return DONE;
	copy = copy_string(text);
	status = place_split(copy, elf, &place);
	if (!status)
		status = place_symbols(place.name, elf, WANT_ANY, false, &symbols);
	if (!status) {
		*addr = symbols.at[0]->addr + place.off;
		*size = place.off < symbols.at[0]->size ? symbols.at[0]->size - place.off : 0;
	}
	free(symbols.at);
	free(copy);
	return status;
}
