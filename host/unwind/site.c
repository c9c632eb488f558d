/* SPDX-License-Identifier: MIT */
/*
 * Places of backtraces: see site.h.
 */
#include "unwind/site.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "program/lookup.h"
#include "program/scopes.h"
#include "program/walk.h"

enum { SITES = 1024 };

struct sites {
	const struct elf *elf;
	struct site at[SITES];
};

struct sites *sites_open(const struct elf *elf)
{
	struct sites *s = grow(NULL, 1, sizeof *s);

	memset(s, 0, sizeof *s);
	s->elf = elf;
	return s;
}

static void forget(struct site *s)
{
	for (size_t i = 0; i < s->nfunctions; i++)
		free(s->functions[i].name);
	free(s->functions);
	if (s->unwinds)
		lines_unwind_end(&s->row);
	*s = (struct site){0};
}

void sites_close(struct sites *s)
{
	for (unsigned i = 0; s && i < SITES; i++)
		forget(&s->at[i]);
	free(s);
}

/* What tables are asked for: behind a call, the call. */
static uint64_t asked(const struct site *s)
{
	return s->exact ? s->pc : s->pc - 1;
}

/* -- the text -- */

static bool returns_from_trap(const struct walk *w, const struct tl_text *alone)
{
	const struct tl_isa *isa = w->elf->isa;
	struct tl_insn insn;

	if (!isa->trap_use)
		return false;
	isa->decode(isa, alone, &insn);
	return isa->trap_use(&insn).returns;
}

/* The function's instructions: which call is before the place, and whether it is a trap handler. */
static void read_text(const struct elf *elf, struct site *s, uint64_t end)
{
	struct tl_onward flow = {0};
	struct walk w;

	walk_piece(&w, elf, s->start, end < s->pc ? s->pc : end);
	while (walk_step(&w)) {
		struct tl_text alone = {w.section->bytes + (w.addr - w.section->addr),
		                        (uintptr_t)w.addr, 0, w.len};

		if (w.data)
			continue;
		s->traps |= returns_from_trap(&w, &alone);
		if (!elf->isa->onward(elf->isa, &alone, elf_reader(elf), &flow))
			flow = (struct tl_onward){0};
		if (w.addr == s->pc)
			s->returns = flow.ends && !flow.unknown && !flow.to;
		if (w.addr + w.len != s->pc)
			continue;
		s->behind_call = flow.calls;
		s->called = flow.calls ? flow.to : 0;
		s->jumped = flow.ends && !flow.calls && !flow.unknown ? flow.to : 0;
	}
}

/* -- the source -- */

/* The function around a place, by the source where that tells, else by its symbol: where it begins
 * and ends. Linked code may have lost the symbols of some functions. */
static uint64_t find_function(const struct elf *elf, struct site *s, struct scopes *scopes)
{
	Dwarf_Addr low, high;

	s->func = elf_func_at(elf, asked(s));
	if (!scopes_at(elf, asked(s), scopes))
		scopes->n = 0;
	if (scopes->n && dwarf_lowpc(&scopes->at[0], &low) == 0 &&
	    dwarf_highpc(&scopes->at[0], &high) == 0 && asked(s) - low < high - low) {
		s->start = low;
		return high;
	}
	s->start = s->func ? s->func->addr : asked(s);
	return s->func ? s->func->addr + s->func->size : s->start;
}

/* What the physical one is called, and how far in it the place is. */
static char *name_of(const struct elf *elf, const struct site *s, struct scopes *scopes)
{
	struct function f = {0};
	char place[160];

	if (scopes->n)
		function_of(&scopes->at[0], &f);
	if (f.name && s->func && s->func->addr != s->start)
		return s->pc == s->start ? copy_string(f.name)
		                         : format_string("%s+0x%llx", f.name,
		                                         (unsigned long long)(s->pc - s->start));
	elf_describe(elf, s->pc, place, sizeof place);
	return copy_string(place);
}

static struct site_function *add(struct site *s, char *name, bool inlined)
{
	s->functions = grow(s->functions, s->nfunctions + 1, sizeof *s->functions);
	s->functions[s->nfunctions] = (struct site_function){.name = name, .inlined = inlined};
	return &s->functions[s->nfunctions++];
}

/* The innermost is at the line of the place, each other one where it calls that. */
static void read_source(const struct elf *elf, struct site *s, struct scopes *scopes)
{
	char line[sizeof s->functions->line];
	struct function f;

	lines_describe(elf->lines, asked(s), line, sizeof line);
	for (unsigned i = scopes->n; i-- > 0;) {
		if (dwarf_tag(&scopes->at[i]) != DW_TAG_inlined_subroutine)
			continue;
		function_of(&scopes->at[i], &f);
		strcpy(add(s, copy_string(f.name ? f.name : "?"), true)->line, line);
		scope_call(&scopes->at[i], line, sizeof line);
	}
	strcpy(add(s, name_of(elf, s, scopes), false)->line, strcmp(line, "?") == 0 ? "" : line);
}

static void make(const struct elf *elf, struct site *s)
{
	const struct elf_section *section = elf_section_at(elf, asked(s));
	struct scopes scopes;
	uint64_t end;

	s->made = true;
	s->code = section && section->code && section->bytes;
	if (!s->code)
		return;
	end = find_function(elf, s, &scopes);
	read_text(elf, s, end);
	s->unwinds = lines_unwind(elf->lines, asked(s), &s->row);
	read_source(elf, s, &scopes);
}

const struct site *site_at(struct sites *sites, uint64_t pc, bool exact)
{
	struct site *s = &sites->at[(pc * 0x9e3779b1u >> 7 ^ exact) % SITES];

	if (!s->made || s->pc != pc || s->exact != exact) {
		forget(s);
		s->pc = pc;
		s->exact = exact;
		make(sites->elf, s);
	}
	return s;
}

bool sites_differ(struct sites *sites, uint64_t a, uint64_t b)
{
	struct scopes one, other;

	return scopes_at(sites->elf, a, &one) && scopes_at(sites->elf, b, &other) &&
	       dwarf_dieoffset(&one.at[0]) != dwarf_dieoffset(&other.at[0]);
}
