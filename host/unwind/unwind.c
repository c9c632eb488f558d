/* SPDX-License-Identifier: MIT */
/*
 * Backtraces: see unwind.h.
 */
#include "unwind/unwind.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/util.h"
#include "program/isas.h"
#include "program/lookup.h"
#include "unwind/entry.h"

struct unwinder {
	const struct elf *elf;
	struct sites *sites;
	struct entries *entries;
	struct backtrace trace;
	size_t most;
	bool full;
	char **names; /* of frames, that sites may have forgotten meanwhile */
	size_t nnames;
};

struct unwinder *unwinder_open(const struct elf *elf)
{
	struct unwinder *u = grow(NULL, 1, sizeof *u);

	*u = (struct unwinder){.elf = elf, .sites = sites_open(elf)};
	u->entries = entries_open(elf, u->sites);
	return u;
}

static void forget_names(struct unwinder *u)
{
	while (u->nnames)
		free(u->names[--u->nnames]);
}

void unwinder_close(struct unwinder *u)
{
	if (!u)
		return;
	forget_names(u);
	free(u->names);
	free(u->trace.at);
	entries_close(u->entries);
	sites_close(u->sites);
	free(u);
}

/* -- frames -- */

static const char *keep(struct unwinder *u, char *name)
{
	u->names = grow(u->names, u->nnames + 1, sizeof *u->names);
	u->names[u->nnames++] = name;
	return name;
}

/* False: there are as many as are wanted. */
static bool add(struct unwinder *u, enum frame_kind kind, uint64_t pc, const char *name,
                const char *line)
{
	struct backtrace *t = &u->trace;

	if (t->n == u->most) {
		snprintf(t->end, sizeof t->end, "more than %zu frames: --frames", u->most);
		u->full = true;
		return false;
	}
	t->at = grow(t->at, t->n + 1, sizeof *t->at);
	t->at[t->n++] =
	        (struct frame){kind, pc, keep(u, copy_string(name)), keep(u, copy_string(line))};
	return true;
}

static bool add_site(struct unwinder *u, const struct site *s, enum frame_kind kind)
{
	for (size_t i = 0; i < s->nfunctions; i++)
		if (!add(u, s->functions[i].inlined ? FRAME_INLINED : kind, s->pc,
		         s->functions[i].name, s->functions[i].line))
			return false;
	return true;
}

__attribute__((format(printf, 2, 3))) static void end(struct unwinder *u, const char *format, ...)
{
	va_list args;

	if (u->full)
		return;
	va_start(args, format);
	vsnprintf(u->trace.end, sizeof u->trace.end, format, args); /* NOLINT */
	va_end(args);
}

/* Where the ELF has what runs at an address. */
static uint64_t in_elf(const struct unwinder *u, const struct context *c, uint64_t pc)
{
	const struct captured *from = c->captured;
	uint64_t at = pc - from->shift;

	if (c->isa->word == 4)
		at = (uint32_t)at;
	return from->image && elf_image_at(u->elf, at) == from->image ? at : pc;
}

/* -- from a frame to its caller -- */

/* What is missing is above what was captured, or elsewhere. */
static void end_missing(struct unwinder *u, const struct context *c)
{
	enum { NEAR = 4096 }; /* bytes: more than a frame usually has */
	const struct captured_stack *stacks[] = {&c->captured->main, &c->captured->other};

	for (unsigned i = 0; i < 2; i++)
		if (stacks[i]->n &&
		    c->missed - (stacks[i]->addr + (uint64_t)stacks[i]->n * c->isa->word) < NEAR) {
			end(u, "stack window ends");
			return;
		}
	if (!c->captured->main.n)
		end(u, "the stack could not be read");
	else
		end(u, "memory at 0x%llx, which was not captured", (unsigned long long)c->missed);
}

static const char *name_of(const struct unwinder *u, const struct site *s, char *place, size_t size)
{
	if (s->func)
		return elf_name(u->elf, s->func);
	snprintf(place, size, "0x%08llx", (unsigned long long)s->pc);
	return place;
}

/* Where no table tells: who has called is in the link register yet where a function begins; and,
 * though nothing further is known, where that is behind a call to just this function. */
static bool step_without(struct unwinder *u, const struct context *c, const struct site *s,
                         uint64_t *ret, bool *begins)
{
	unsigned lr = c->isa->regs[c->isa->lr].dwarf;
	const struct elf_symbol *func = s->func;
	const struct site *caller;

	if (!c->exact || !func || !c->known[lr])
		return false;
	*ret = c->value[lr];
	*begins = s->pc == s->start && s->pc == func->addr;
	if (*begins)
		return true;
	caller = site_at(u->sites, in_elf(u, c, isa_code_address(c->isa, *ret)), false);
	return caller->code && caller->func && caller->func != func && caller->behind_call &&
	       caller->called && elf_func_at(u->elf, caller->called) == func &&
	       caller->called == func->addr;
}

/* What lies in the way where a return address should be. */
static bool is_outermost(const struct context *c, uint64_t ret)
{
	return !ret || ret == (c->isa->word == 4 ? UINT32_MAX : UINT64_MAX);
}

/* The caller's frame, behind the call before `ret`. False: it is none, and the end is told. */
static bool add_caller(struct unwinder *u, struct context *c, uint64_t ret, uint64_t from)
{
	uint64_t pc = in_elf(u, c, isa_code_address(c->isa, ret));
	const struct site *s;

	if (is_outermost(c, ret)) {
		end(u, "outermost");
		return false;
	}
	s = site_at(u->sites, pc, false);
	if (!s->code || !s->behind_call) {
		const struct site *there = site_at(u->sites, pc, true);

		if (there->code && there->start == pc)
			end(u, "outermost"); /* a task is made to return there, by nobody's call */
		else
			end(u, "0x%llx is not behind a call", (unsigned long long)ret);
		return false;
	}
	if (s->called && sites_differ(u->sites, s->called, from)) {
		s = site_at(u->sites, s->called, true);
		if (s->nfunctions &&
		    !add(u, FRAME_TAIL, s->pc, s->functions[s->nfunctions - 1].name, ""))
			return false;
	}
	c->pc = pc;
	return add_site(u, site_at(u->sites, pc, false), FRAME_CALL);
}

static bool add_interrupted(struct unwinder *u, struct context *c, enum tl_unstacked how)
{
	const struct site *s;

	if (how == TL_UNSTACKED_OTHER) {
		end(u, "the stack of what was interrupted was not captured");
		return false;
	}
	if (how == TL_UNSTACKED_UNREAD) {
		end_missing(u, c);
		return false;
	}
	c->pc = in_elf(u, c, c->pc);
	s = site_at(u->sites, c->pc, true);
	if (!s->code) {
		end(u, "0x%llx is no code", (unsigned long long)c->pc);
		return false;
	}
	return add_site(u, s, FRAME_INTERRUPTED);
}

/* Left in a register or on the stack where the target does not know what it leads to. */
static bool is_trampoline(const struct unwinder *u, uint64_t ret)
{
	const struct elf_symbol *trampoline = elf_find(u->elf, "tl_return_trampoline", NULL);

	return trampoline && isa_code_address(u->elf->isa, ret) == trampoline->addr;
}

/* On to the next frame. False: there is none, and the end is told. */
static bool go_up(struct unwinder *u, struct context *c)
{
	const struct site *s = site_at(u->sites, c->pc, c->exact);
	uint64_t ret, sp = context_sp(c), from = s->exact ? s->pc : s->pc - 1;
	enum context_step step;
	enum tl_unstacked how;
	bool begins = true, lone = false;
	char name[32];

	if (s->traps) {
		end(u, "%s is a trap handler", name_of(u, s, name, sizeof name));
		return false;
	}
	if (context_leave(c, s, &ret)) {
		step = STEP_DONE;
	} else if (s->unwinds) {
		step = context_step(c, s->row.frame, &ret);
	} else if (step_without(u, c, s, &ret, &begins)) {
		step = STEP_DONE;
		c->exact = false;
		c->left = c->isa->regs[c->isa->lr].dwarf;
		lone = !begins;
	} else {
		s = site_at(u->sites, c->pc, c->exact);
		end(u, "no CFI in %s", name_of(u, s, name, sizeof name));
		return false;
	}
	switch (step) {
	case STEP_MISSING:
		end_missing(u, c);
		return false;
	case STEP_UNKNOWN:
		end(u, "CFI that cannot be worked out in %s", name_of(u, s, name, sizeof name));
		return false;
	case STEP_LOST:
		end(u, "%s keeps no return address", name_of(u, s, name, sizeof name));
		return false;
	case STEP_DONE:
		break;
	}
	if (context_unstack(c, ret, &how))
		return !lone && add_interrupted(u, c, how);
	if (context_sp(c) < sp) {
		end(u, "the stack pointer goes back");
		return false;
	}
	if (is_trampoline(u, ret)) {
		end(u, "%s returns by a probe, which the target no longer knows",
		    name_of(u, site_at(u->sites, from, true), name, sizeof name));
		return false;
	}
	if (!add_caller(u, c, ret, from))
		return false;
	if (lone)
		end(u, "no CFI in %s",
		    name_of(u, site_at(u->sites, from, true), name, sizeof name));
	return !lone;
}

/* The first frame: at a return, of a handler's, it is what was interrupted. */
static bool begin(struct unwinder *u, struct context *c)
{
	enum tl_unstacked how;
	const struct site *s;

	if (context_unstack(c, c->pc, &how))
		return add_interrupted(u, c, how);
	c->pc = in_elf(u, c, isa_code_address(c->isa, c->pc));
	s = site_at(u->sites, c->pc, true);
	if (s->code)
		return add_site(u, s, FRAME_CALL);
	end(u, "0x%llx is no code", (unsigned long long)c->pc);
	return false;
}

const struct backtrace *unwind(struct unwinder *u, const struct captured *captured, size_t most)
{
	struct context c;

	forget_names(u);
	u->trace.n = 0;
	u->trace.end[0] = 0;
	u->most = most;
	u->full = false;
	context_start(&c, u->elf->isa, captured);
	if (begin(u, &c))
		while (go_up(u, &c))
			;
	return &u->trace;
}

bool unwind_entry(struct unwinder *u, const struct captured *captured, unsigned reg, uint64_t *v,
                  const char **why)
{
	struct context c;

	context_start(&c, u->elf->isa, captured);
	c.pc = in_elf(u, &c, isa_code_address(c.isa, c.pc));
	return entry_value(u->entries, &c, reg, v, why);
}
