/* SPDX-License-Identifier: MIT */
/*
 * Symbols by the names that people write: see lookup.h. A name as the linker has it is found by
 * bisection; only if there is none are the others demangled and looked at, each of them.
 */
#include "program/lookup.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "program/names.h"

const char *elf_name(const struct elf *e, const struct elf_symbol *symbol)
{
	struct elf_symbol *own = &e->symbols[symbol - e->symbols];

	if (!own->shown) {
		own->demangled = name_demangle(own->name);
		own->shown = own->demangled ? own->demangled : own->name;
	}
	return own->shown;
}

void elf_describe(const struct elf *e, uint64_t addr, char *to, size_t size)
{
	const struct elf_symbol *func = e ? elf_func_at(e, addr) : NULL;
	const struct elf_file *image = func ? elf_image_at(e, addr) : NULL;
	const char *name = func ? elf_name(e, func) : NULL, *in = image ? image->image : "",
	           *mark = image ? ":" : "";
	uint64_t off = func ? addr - func->addr : 0;
	char behind[24] = "";
	size_t room, length;

	if (!func) {
		snprintf(to, size, "0x%llx", (unsigned long long)addr);
		return;
	}
	if (off)
		snprintf(behind, sizeof behind, off < 10 ? "+%llu" : "+0x%llx",
		         (unsigned long long)off);
	room = size - strlen(behind) - strlen(in) - strlen(mark) - 1;
	length = strlen(name);
	if (length <= room)
		snprintf(to, size, "%s%s%s%s", in, mark, name, behind);
	else /* a longer name loses its end, never its offset */
		snprintf(to, size, "%s%s%.*s…%s", in, mark, (int)(room - strlen("…")), name,
		         behind);
}

bool elf_fits(const struct elf *e, const struct elf_symbol *symbol, const char *glob)
{
	return fnmatch(glob, symbol->name, 0) == 0 || name_fits(glob, elf_name(e, symbol));
}

bool elf_is_agents(const struct elf *e, const struct elf_symbol *symbol)
{
	return symbol->addr >= e->agent_start && symbol->addr < e->agent_end;
}

bool elf_is_label(const struct elf *e, const struct elf_symbol *symbol)
{
	const struct elf_section *section =
	        symbol->func || symbol->object ? NULL : elf_section_at(e, symbol->addr);

	return section && section->code;
}

void symbols_add(struct symbols *list, const struct elf_symbol *symbol)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->at[i]->addr == symbol->addr)
			return;
	list->at = grow(list->at, list->n + 1, sizeof *list->at);
	list->at[list->n++] = symbol;
}

static void symbols_clear(struct symbols *list)
{
	free(list->at);
	*list = (struct symbols){0};
}

void lookup_free(struct lookup *l)
{
	symbols_clear(&l->found);
	symbols_clear(&l->clones);
}

/* What is wanted first: 0 is the best, 3 not at all. */
static unsigned kind(const struct elf *e, const struct elf_symbol *symbol, enum wanted wanted)
{
	if (symbol->func)
		return elf_is_agents(e, symbol) ? 1 : 0;
	return wanted == WANT_ANY || elf_is_label(e, symbol) ? 2 : 3;
}

/* Takes a symbol in, unless better ones are there; such as are worse are thrown out. */
static void take(const struct elf *e, struct symbols *list, const struct elf_symbol *symbol,
                 enum wanted wanted)
{
	unsigned ours = kind(e, symbol, wanted),
	         theirs = list->n ? kind(e, list->at[0], wanted) : ours;

	if (ours == 3 || ours > theirs)
		return;
	if (ours < theirs)
		symbols_clear(list);
	symbols_add(list, symbol);
}

/* The index of the first name that is not before this one. */
static size_t first_name(const struct elf *e, const char *name)
{
	size_t low = 0, high = e->nsymbols;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(e->names[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct elf_symbol *elf_find(const struct elf *e, const char *name, unsigned *count)
{
	size_t low = first_name(e, name);
	const struct elf_symbol *found, *last;
	unsigned different = 1;

	if (low == e->nsymbols || strcmp(e->names[low]->name, name) != 0)
		return NULL;
	found = last = e->names[low];
	for (size_t i = low; i < e->nsymbols && strcmp(e->names[i]->name, name) == 0; i++) {
		const struct elf_symbol *s = e->names[i];

		if (s->func != found->func)
			continue;
		if (elf_is_agents(e, found) && !elf_is_agents(e, s)) {
			found = last = s;
			different = 1;
		} else if (elf_is_agents(e, s) == elf_is_agents(e, found) &&
		           s->addr != last->addr) {
			last = s;
			different++;
		}
	}
	if (count)
		*count = different;
	return found;
}

static void sort_in(const struct elf *e, struct lookup *l, const struct elf_symbol *symbol,
                    enum clone clone, enum wanted wanted)
{
	if (clone <= CLONE_RENAMED)
		take(e, &l->found, symbol, wanted);
	else if (symbol->func)
		symbols_add(&l->clones, symbol);
}

/* Those that the linker knows by this name, or by this name and what the compiler put behind it. */
static void by_symbol(const struct elf *e, const char *typed, enum wanted wanted, struct lookup *l)
{
	size_t length = strlen(typed);

	for (size_t i = first_name(e, typed);
	     i < e->nsymbols && strncmp(e->names[i]->name, typed, length) == 0; i++) {
		char behind = e->names[i]->name[length];

		if (!behind)
			take(e, &l->found, e->names[i], wanted);
		else if (behind == '.')
			sort_in(e, l, e->names[i], name_clone(e->names[i]->name), wanted);
		else if (behind > '.')
			break;
	}
}

/* Those that fit best of all that are mangled. */
static void by_reading(const struct elf *e, const char *typed, enum wanted wanted, struct lookup *l)
{
	bool clone_typed = name_clone(typed) != CLONE_NONE;
	unsigned best = NO_MATCH - 1;

	for (size_t i = 0; i < e->nsymbols; i++) {
		const struct elf_symbol *symbol = &e->symbols[i];
		const char *shown = elf_name(e, symbol);
		unsigned level;

		if (shown == symbol->name || kind(e, symbol, wanted) == 3 ||
		    (level = name_match(typed, shown)) > best)
			continue;
		if (level < best)
			lookup_free(l);
		best = level;
		sort_in(e, l, symbol, clone_typed ? CLONE_NONE : name_clone(shown), wanted);
	}
}

void lookup(const struct elf *e, const char *typed, enum wanted wanted, struct lookup *l)
{
	*l = (struct lookup){0};
	by_symbol(e, typed, wanted, l);
	if (!l->found.n && !l->clones.n)
		by_reading(e, typed, wanted, l);
}

/* How far a name is from what was typed; `limit` + 1 if further than that. */
static unsigned distance(const char *typed, const char *shown, unsigned limit)
{
	char *bare = name_bare(shown);
	const char *last = name_last(bare);
	unsigned d = edit_distance(typed, bare, limit);

	if (d > limit && last != bare && !strstr(typed, "::"))
		d = edit_distance(typed, last, limit);
	free(bare);
	return d;
}

const struct elf_symbol *elf_nearest(const struct elf *e, const char *name, enum wanted wanted)
{
	unsigned best = edit_limit(name) + 1;
	const struct elf_symbol *nearest = NULL;

	for (size_t i = 0; i < e->nsymbols && best; i++) {
		const struct elf_symbol *symbol = &e->symbols[i];
		unsigned d;

		if (!(symbol->func || (wanted == WANT_ANY && symbol->object)) ||
		    elf_is_agents(e, symbol))
			continue;
		d = distance(name, elf_name(e, symbol), best - 1);
		if (d < best) {
			best = d;
			nearest = symbol;
		}
	}
	return nearest;
}
