/* SPDX-License-Identifier: MIT */
/*
 * Values at a function's entry: see entry.h.
 *
 * A return address tells who called, but not whom: the function may have been reached by a jump out
 * of the one that was called, or may have come back to its own beginning by one, with other
 * parameters. The call must lead to the function itself, then, and no chain of its jumps may lead
 * back to it.
 */
#include "unwind/entry.h"

#include <dwarf.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "expr/call_site.h"
#include "expr/location_dwarf.h"
#include "program/lookup.h"
#include "program/scopes.h"

enum { DEEPEST = 8 /* callers whose own values at entry are needed */ };

/* Whether a function may come back to its beginning, once found. */
struct jumps {
	uint64_t entry;
	bool back;
};

struct entries {
	const struct elf *elf;
	struct sites *sites;
	struct jumps *known;
	size_t nknown;
};

struct entries *entries_open(const struct elf *elf, struct sites *sites)
{
	struct entries *e = grow(NULL, 1, sizeof *e);

	*e = (struct entries){.elf = elf, .sites = sites};
	return e;
}

void entries_close(struct entries *e)
{
	if (!e)
		return;
	free(e->known);
	free(e);
}

/* ---- jumps ---- */

enum { MOST_FUNCTIONS = 64 };

struct chain {
	struct entries *e;
	uint64_t functions[MOST_FUNCTIONS]; /* that the first one may get to by jumps, and itself */
	size_t n;
	bool back; /* or it is not known */
};

/* Where a call site ends that is a jump. */
static bool behind_jump(const struct elf *elf, Dwarf_Die *die, uint64_t *pc)
{
	const struct elf_section *s;

	if (call_site_return(die, pc))
		return true;
	if (!call_site_place(die, pc))
		return false;
	s = elf_section_at(elf, *pc);
	if (!s || !s->bytes)
		return false;
	*pc += elf->isa->insn_len(s->bytes + (*pc - s->addr), (unsigned)(s->addr + s->size - *pc));
	return true;
}

static bool follow(void *ctx, Dwarf_Die *die)
{
	struct chain *c = ctx;
	uint64_t pc, to;

	if (!call_site_is_jump(die))
		return true;
	to = behind_jump(c->e->elf, die, &pc) ? site_at(c->e->sites, pc, false)->jumped : 0;
	for (size_t i = 1; i < c->n; i++)
		if (c->functions[i] == to)
			return true;
	c->back = !to || to == c->functions[0] || c->n == MOST_FUNCTIONS;
	if (!c->back)
		c->functions[c->n++] = to;
	return !c->back;
}

static bool function_at(const struct elf *elf, uint64_t addr, struct scopes *in, uint64_t *entry)
{
	return scopes_at(elf, addr, in) && dwarf_entrypc(&in->at[0], entry) == 0;
}

static bool find_back(struct entries *e, uint64_t first)
{
	struct chain c = {.e = e, .functions = {first}, .n = 1};
	struct scopes in;
	uint64_t entry;

	for (size_t i = 0; i < c.n && !c.back; i++)
		c.back = !function_at(e->elf, c.functions[i], &in, &entry) ||
		         entry != c.functions[i] || !call_sites_complete(&in.at[0]) ||
		         !call_sites_each(&in.at[0], follow, &c);
	return c.back;
}

static bool may_come_back(struct entries *e, uint64_t entry)
{
	bool back;

	for (size_t i = 0; i < e->nknown; i++)
		if (e->known[i].entry == entry)
			return e->known[i].back;
	back = find_back(e, entry);
	e->known = grow(e->known, e->nknown + 1, sizeof *e->known);
	e->known[e->nknown++] = (struct jumps){entry, back};
	return back;
}

/* ---- the caller's frame ---- */

/* Registers that a call leaves as they were, by DWARF's numbers: of the AAPCS32 (6.1.1), the
 * AAPCS64 (6.1.1) and the RISC-V calling convention (1.1). */
static bool is_kept(const struct tl_isa *isa, unsigned reg)
{
	if (isa->e_machine == EM_ARM)
		return (reg >= 4 && reg <= 11) || reg == 13;
	if (isa->e_machine == EM_AARCH64)
		return (reg >= 18 && reg <= 29) || reg == 31;
	return (reg >= 2 && reg <= 4) || reg == 8 || reg == 9 || (reg >= 18 && reg <= 27);
}

/* Up to the caller, of whose registers those are known that the call has left as they were. NULL:
   it is there; else why it is not. */
static const char *go_up(struct entries *e, const struct context *at, struct context *caller)
{
	const struct site *s = site_at(e->sites, at->pc, at->exact);
	enum tl_unstacked how;
	enum context_step step;
	uint64_t ret;

	*caller = *at;
	if (s->traps || !s->unwinds)
		return "no table tells who has called";
	step = context_step(caller, s->row.frame, &ret);
	if (step == STEP_MISSING)
		return "the stack that the hit has brought ends before the caller's";
	if (step != STEP_DONE)
		return "who has called is not known";
	if (context_unstack(caller, ret, &how))
		return "it is the handler of an exception";
	if (context_sp(caller) < context_sp(at))
		return "who has called is not known";
	caller->pc = isa_code_address(e->elf->isa, ret);
	for (unsigned reg = 0; reg < CONTEXT_REGS; reg++)
		caller->known[reg] &= is_kept(e->elf->isa, reg);
	return NULL;
}

/* ---- call sites ---- */

struct call {
	struct entries *e;
	struct context caller;
	struct scopes in; /* of the call */
	Dwarf_Die site;
	bool found;
	unsigned depth;
	const char *why; /* a value that its expressions needed is not known */
};

static bool entry_at(struct entries *, const struct context *, unsigned reg, unsigned depth,
                     uint64_t *v, const char **why);

static bool get_register(void *ctx, unsigned reg, uint64_t *v)
{
	const struct call *c = ctx;

	if (reg >= CONTEXT_REGS || !c->caller.known[reg])
		return false;
	*v = c->caller.value[reg];
	return true;
}

/* The stack, and what nobody can have written since it was linked. */
static bool get_memory(void *ctx, uint64_t addr, void *to, size_t n)
{
	const struct call *c = ctx;
	const struct elf_section *s;

	if (captured_read(c->caller.captured, c->caller.isa->word, addr, to, n))
		return true;
	s = elf_section_at(c->e->elf, addr);
	if (!s || s->writable || !s->bytes || n > s->size - (addr - s->addr))
		return false;
	memcpy(to, s->bytes + (addr - s->addr), n);
	return true;
}

static bool get_entry(void *ctx, unsigned reg, uint64_t *v, const char **why)
{
	struct call *c = ctx;

	return entry_at(c->e, &c->caller, reg, c->depth + 1, v, why);
}

/* An expression of the call site's. */
static bool work_out(struct call *c, Dwarf_Attribute *attr, uint64_t *v, const char **why)
{
	struct machine m = {get_register, get_memory, c, c->caller.isa->word, get_entry};
	struct location l;
	bool well;

	*why = "its call site tells it in a way that this tool does not know";
	well = location_value_of(attr, &c->in.at[0], c->caller.pc - 1, &l) &&
	       location_run(&l.pieces[0], &m, v, why);
	location_free(&l);
	return well;
}

static bool take(void *ctx, Dwarf_Die *die)
{
	struct call *c = ctx;
	uint64_t pc;

	c->found = !call_site_is_jump(die) && call_site_return(die, &pc) && pc == c->caller.pc;
	if (c->found)
		c->site = *die;
	return !c->found;
}

/* Where the call went. */
static bool find_called(struct call *c, uint64_t *called)
{
	const struct site *s = site_at(c->e->sites, c->caller.pc, false);
	Dwarf_Attribute attr;
	const char *why;

	if (!s->code || !s->behind_call)
		return false;
	*called = s->called;
	if (*called)
		return true;
	if (!call_site_target(&c->site, &attr) || !work_out(c, &attr, called, &why))
		return false;
	*called = isa_code_address(c->e->elf->isa, *called);
	return true;
}

static bool entry_at(struct entries *e, const struct context *at, unsigned reg, unsigned depth,
                     uint64_t *v, const char **why)
{
	struct call c = {.e = e, .depth = depth};
	uint64_t entry, called;
	Dwarf_Attribute value;
	struct scopes in;

	*why = "too many callers pass it on";
	if (depth == DEEPEST)
		return false;
	*why = "the function has no debug information";
	if (!function_at(e->elf, at->exact ? at->pc : at->pc - 1, &in, &entry))
		return false;
	*why = go_up(e, at, &c.caller);
	if (*why)
		return false;
	*why = "its caller has no call site there";
	if (!scopes_at(e->elf, c.caller.pc - 1, &c.in))
		return false;
	call_sites_each(&c.in.at[0], take, &c);
	if (!c.found)
		return false;
	*why = "where the call went is not known";
	if (!find_called(&c, &called))
		return false;
	*why = "the call went to another function, which has left it to this one";
	if (called != entry)
		return false;
	*why = "the function may have come back to its beginning by a jump";
	if (may_come_back(e, entry))
		return false;
	*why = "its caller's call site does not tell it";
	return call_site_passes(&c.site, reg, &value) && work_out(&c, &value, v, why);
}

bool entry_value(struct entries *e, const struct context *c, unsigned reg, uint64_t *v,
                 const char **why)
{
	return entry_at(e, c, reg, 0, v, why);
}
