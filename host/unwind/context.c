/* SPDX-License-Identifier: MIT */
/*
 * Steps up the stack: see context.h.
 */
#include "unwind/context.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

static unsigned dwarf_of(const struct tl_isa *isa, unsigned index)
{
	return isa->regs[index].dwarf;
}

void context_start(struct context *c, const struct tl_isa *isa, const struct captured *captured)
{
	*c = (struct context){
	        .isa = isa, .captured = captured, .pc = captured->regs[isa->pc], .exact = true};
	for (unsigned i = 0; i < isa->ncore; i++) {
		if (dwarf_of(isa, i) >= CONTEXT_REGS)
			continue;
		c->value[dwarf_of(isa, i)] = captured->regs[i];
		c->known[dwarf_of(isa, i)] = true;
	}
}

uint64_t context_sp(const struct context *c)
{
	return c->value[dwarf_of(c->isa, c->isa->sp)];
}

/* -- reading what was captured -- */

static bool stack_read(const struct captured_stack *s, unsigned word, uint64_t addr, uint64_t *v)
{
	uint64_t offset = addr - s->addr;

	if (addr < s->addr || offset % word || offset / word >= s->n)
		return false;
	*v = s->words[offset / word];
	return true;
}

bool context_read(struct context *c, uint64_t addr, uint64_t *v)
{
	unsigned word = c->isa->word;

	if (word == 4)
		addr = (uint32_t)addr;
	if (stack_read(&c->captured->main, word, addr, v) ||
	    stack_read(&c->captured->other, word, addr, v))
		return true;
	c->missed = addr;
	return false;
}

static bool bytes_of(const struct captured_stack *s, unsigned word, uint64_t addr, uint8_t *to,
                     size_t n)
{
	uint64_t offset = addr - s->addr, size = (uint64_t)s->n * word;

	if (addr < s->addr || offset > size || n > size - offset)
		return false;
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)(s->words[(offset + i) / word] >> 8 * ((offset + i) % word));
	return true;
}

bool captured_read(const struct captured *c, unsigned word, uint64_t addr, void *to, size_t n)
{
	return bytes_of(&c->main, word, addr, to, n) || bytes_of(&c->other, word, addr, to, n);
}

static bool get_register(void *ctx, unsigned reg, uint64_t *v)
{
	const struct context *c = ctx;

	if (reg >= CONTEXT_REGS || !c->known[reg])
		return false;
	*v = c->value[reg];
	return true;
}

static bool get_memory(void *ctx, uint64_t addr, void *to, size_t n)
{
	struct context *c = ctx;
	uint64_t v;

	if (n != c->isa->word || !context_read(c, addr, &v))
		return false;
	memcpy(to, &v, n);
	return true;
}

/* -- a row of the tables -- */

/* What operations give; within them the CFA may be asked for. */
static bool evaluate(struct context *c, const Dwarf_Op *ops, size_t n, uint64_t cfa, uint64_t *v)
{
	struct machine m = {get_register, get_memory, c, c->isa->word, NULL};
	struct location_piece p = {.kind = LOCATION_VALUE, .nops = n};
	const char *why;
	bool done;

	p.ops = grow(NULL, n, sizeof *p.ops);
	for (size_t i = 0; i < n; i++)
		p.ops[i] =
		        ops[i].atom == DW_OP_call_frame_cfa
		                ? (struct location_op){DW_OP_addr, cfa, 0}
		                : (struct location_op){ops[i].atom, ops[i].number, ops[i].number2};
	done = location_run(&p, &m, v, &why);
	free(p.ops);
	return done;
}

enum rule { RULE_SAME, RULE_NONE, RULE_VALUE, RULE_MISSING, RULE_ODD };

/* What becomes of a register. */
static enum rule apply(struct context *c, Dwarf_Frame *row, unsigned reg, uint64_t cfa, uint64_t *v)
{
	Dwarf_Op memory[3], *ops;
	bool is_value;
	size_t n;

	if (dwarf_frame_register(row, (int)reg, memory, &ops, &n) != 0)
		return RULE_ODD;
	if (!n)
		return ops ? RULE_NONE : RULE_SAME;
	is_value = ops[n - 1].atom == DW_OP_stack_value;
	if (n == 1 && ops[0].atom == DW_OP_regx)
		return get_register(c, (unsigned)ops[0].number, v) ? RULE_VALUE : RULE_ODD;
	if (n == 1 && ops[0].atom >= DW_OP_reg0 && ops[0].atom <= DW_OP_reg31)
		return get_register(c, ops[0].atom - DW_OP_reg0, v) ? RULE_VALUE : RULE_ODD;
	if (!evaluate(c, ops, n - is_value, cfa, v))
		return RULE_MISSING;
	return is_value || context_read(c, *v, v) ? RULE_VALUE : RULE_MISSING;
}

static bool is_own(const struct tl_isa *isa, unsigned reg)
{
	for (unsigned i = 0; i < isa->ncore; i++)
		if (dwarf_of(isa, i) == reg)
			return i != isa->sp && i != isa->pc;
	return false;
}

enum context_step context_step(struct context *c, Dwarf_Frame *row, uint64_t *ret)
{
	int ra = dwarf_frame_info(row, NULL, NULL, NULL);
	struct context caller = *c;
	Dwarf_Op *ops;
	uint64_t cfa;
	size_t n;

	c->missed = 0;
	if (ra < 0 || ra >= CONTEXT_REGS || dwarf_frame_cfa(row, &ops, &n) != 0 || !n)
		return STEP_UNKNOWN;
	if (!evaluate(c, ops, n, 0, &cfa))
		return c->missed ? STEP_MISSING : STEP_UNKNOWN;
	for (unsigned reg = 0; reg < CONTEXT_REGS; reg++) {
		enum rule rule = is_own(c->isa, reg) ? apply(c, row, reg, cfa, &caller.value[reg])
		                                     : RULE_SAME;

		if (rule == RULE_MISSING || rule == RULE_ODD)
			caller.known[reg] = false;
		else if (rule == RULE_VALUE)
			caller.known[reg] = true;
		else if (reg == (unsigned)ra && !c->exact && c->left == reg)
			return STEP_LOST;
	}
	if (!caller.known[ra])
		return c->missed ? STEP_MISSING : STEP_UNKNOWN;
	*ret = caller.value[ra];
	caller.value[dwarf_of(c->isa, c->isa->sp)] = cfa;
	caller.left = (unsigned)ra;
	caller.exact = false;
	*c = caller;
	return STEP_DONE;
}

bool context_leave(struct context *c, const struct site *s, uint64_t *ret)
{
	int ra = s->unwinds ? dwarf_frame_info(s->row.frame, NULL, NULL, NULL) : -1;

	if (!c->exact || !s->returns || ra < 0 || ra >= CONTEXT_REGS ||
	    (unsigned)ra == dwarf_of(c->isa, c->isa->lr) || !c->known[ra])
		return false;
	*ret = c->value[ra];
	return true;
}

/* -- exceptions -- */

static bool read_word(void *ctx, uint64_t addr, uint64_t *v)
{
	return context_read(ctx, addr, v);
}

bool context_unstack(struct context *c, uint64_t ret, enum tl_unstacked *how)
{
	uint64_t regs[CONTEXT_REGS] = {0};
	struct tl_exception e = {.sp = context_sp(c),
	                         .other_sp = c->captured->other.n ? c->captured->other.addr : 0,
	                         .regs = regs};

	for (unsigned i = 0; i < c->isa->ncore; i++)
		if (dwarf_of(c->isa, i) < CONTEXT_REGS)
			regs[i] = c->value[dwarf_of(c->isa, i)];
	c->missed = 0;
	*how = isa_unstack(c->isa)(ret, &e, read_word, c);
	if (*how == TL_UNSTACKED_NOT)
		return false;
	if (*how != TL_UNSTACKED)
		return true;
	for (unsigned i = 0; i < c->isa->ncore; i++)
		if (dwarf_of(c->isa, i) < CONTEXT_REGS)
			c->value[dwarf_of(c->isa, i)] = regs[i];
	c->pc = regs[c->isa->pc];
	c->exact = true;
	return true;
}
