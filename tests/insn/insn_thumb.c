/* SPDX-License-Identifier: MIT */
/*
 * Cases for Cortex-M, drawn row by row from the tables that the agent uses: see insn.h.
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E: A5 (encodings), A7.3 (IT), A7.7
 * (instructions).
 *
 * In an IT block only what is predictable there: no IT, CBZ, B<c>, CPS, and branches in the last
 * lane. What else is drawn again is said in insn_thumb_kind.c.
 */
#include <string.h>

#include "arch.h"
#include "insn_thumb.h"
#include "thumb/rows.h"

/* ---- rows ---- */

/* Coprocessors that the core lacks; and BX PC, which leaves Thumb state. */
bool insn_row_faults(const struct insn_row *row)
{
	if (is_coprocessor(row->match))
		return !has_fp() || (row->match & 0xe00) != 0xa00;
	return row->match == 0x4778;
}

/* The row that decides on an instruction is the first that matches; wide ones begin with 11101,
 * 11110 or 11111. */
static bool decided_by(uint32_t bits, const struct insn_row *row)
{
	return (row->len == 4) == (bits >= (row->len == 4 ? 0xe8000000 : 0xe800)) &&
	       insn_row_decides(row, bits);
}

/* ---- encodings ---- */

/* Half of the branches that reach far go to landings that are near. */
static void steer(struct insn_case *c)
{
	uint32_t s = field(c->bits, 26, 1);

	if (case_loads_special(c) || (c->row->op == THUMB_LDRPC && c->bits & 0x00800800))
		c->bits &=
		        ~3u; /* PC and SP are loaded from aligned addresses, else unpredictable */
	if (insn_chance(2))
		return;
	if (c->row->op == THUMB_BW || c->row->op == THUMB_BL)
		c->bits = (c->bits & ~0x03f00000u) | 0x2800 | (s ? 0x03f00000 : 0);
	else if (c->row->op == THUMB_BCCW)
		c->bits = (c->bits & ~0x00302800u) | (s ? 0x00302800 : 0);
}

/* A7.3.1 */
static bool passes(uint32_t cond, uint32_t xpsr)
{
	bool n = xpsr >> 31 & 1, z = xpsr >> 30 & 1, c = xpsr >> 29 & 1, v = xpsr >> 28 & 1;
	const bool even[] = {z, c, n, v, c && !z, n == v, !z && n == v, true};

	return even[cond >> 1] != (cond & 1);
}

/* An IT block around the instruction: all that is allowed, with any condition. */
static void draw_it(struct insn_case *c)
{
	uint32_t cond = insn_random() % 15, lanes = 1 + insn_random() % 4,
	         lane = insn_random() % lanes, mask;

	if (case_writes_pc(c))
		lanes = lane + 1;
	mask = insn_random() & 15;
	if (cond == 14)
		mask = 0; /* no "else" of always */
	mask = (mask & ~((2u << (4 - lanes)) - 1)) | 1u << (4 - lanes);
	c->how |= cond << 4 | (mask & 15);
	c->start = c->addr - 2 * (1 + lane);
	if (lane)
		cond = (cond & ~1u) | (mask >> (4 - lane) & 1);
	c->fires = passes(cond, const_cpu_of(&c->from)->xpsr);
}

/* ---- text ---- */

/* push {r0}; mrs r0, faultmask; str r0, [sp, #64]; pop {r0}; cpsie f */
static const uint16_t tail[] = {0xb401, 0xf3ef, 0x8013, 0x9010, 0xbc01, 0xb661};

enum { NOP = 0xbf00, IT = 0xbf00 };

/* The halfword at `addr`: the case's, or what is around it. */
static uint16_t text_at(const struct insn_case *c, uint32_t addr)
{
	uint32_t end = c->addr + c->row->len;

	if (c->literal && (addr & ~3u) == c->literal)
		return (uint16_t)(c->word >> (addr & 2 ? 16 : 0));
	if (addr >= c->start && addr < c->addr)
		return addr == c->start ? IT | (c->how & HOW_IT) : NOP;
	if (addr >= c->addr && addr < end)
		return (uint16_t)(c->row->len == 4 && addr == c->addr ? c->bits >> 16 : c->bits);
	if (c->how & HOW_TAIL && addr >= end && addr < end + sizeof tail)
		return tail[(addr - end) / 2];
	return code_filling(addr);
}

static void write_text(const struct insn_case *c, bool place)
{
	uint16_t *at = (uint16_t *)c->start,
	         *end = (uint16_t *)(c->addr + c->row->len + sizeof tail);

	for (; at < end; at++)
		*at = place ? text_at(c, (uint32_t)at) : code_filling((uint32_t)at);
	if (!c->literal)
		return;
	for (at = (uint16_t *)c->literal; at < (uint16_t *)c->literal + 2; at++)
		*at = place ? text_at(c, (uint32_t)at) : code_filling((uint32_t)at);
}

void insn_place(const struct insn_case *c)
{
	write_text(c, true);
	__asm volatile("dsb\n\tisb" ::: "memory");
}

void insn_remove(const struct insn_case *c)
{
	write_text(c, false);
}

static int decode(const struct insn_case *c, struct tl_insn *insn)
{
	enum { BEFORE = THUMB_IT_BEFORE, AFTER = 4 * THUMB_EXCL_INSNS };
	uint16_t window[(BEFORE + AFTER) / 2];
	const struct tl_text text = {(uint8_t *)window + BEFORE, c->addr, BEFORE, AFTER};

	for (unsigned i = 0; i < (BEFORE + AFTER) / 2; i++)
		window[i] = text_at(c, (uint32_t)c->addr - BEFORE + 2 * i);
	return tl_arch_isa->decode(tl_arch_isa, &text, insn);
}

/* The word that has to be at the literal; false: there is the case itself. */
static bool plant(struct insn_case *c)
{
	if (!case_loads_special(c))
		return true;
	c->literal = case_literal_at(c, field(c->bits, 0, 12));
	c->word = (code_base() + 0x2000 + insn_random() % 0x8000) | !insn_chance(8);
	if (field(c->bits, 12, 4) == SP)
		c->word = scratch_base() + SCRATCH_PSP + insn_random() % 64;
	return c->literal + 4 <= c->start || c->literal >= c->addr + c->row->len + sizeof tail;
}

/* ---- cases ---- */

bool insn_draw(const struct insn_row *row, struct insn_case *c)
{
	struct tl_insn insn;

	memset(c, 0, sizeof *c);
	c->row = row;
	c->bits = row->match | (insn_random() & ~row->mask & (row->len == 4 ? ~0u : 0xffffu));
	c->addr = c->start = code_site(insn_random() % 2);
	c->fires = true;
	steer(c);
	if (!decided_by(c->bits, row))
		return false;
	c->error = row->error;
	if (c->error)
		return decode(c, &insn) == c->error;
	case_draw_state(c);
	if (row->op == THUMB_LAST)
		c->how |= HOW_TAIL;
	else if (tl_arch_isa->skip && !case_never_in_it(c) && insn_chance(3))
		draw_it(c);
	cpu_of(&c->from)->pc = (uint32_t)c->start;
	if (!case_can_be_proved(c) || !plant(c) || decode(c, &insn))
		return false;
	c->no_trap = insn.flags & (TL_INSN_NO_TRAP | TL_INSN_CALLS);
	return true;
}

/* ---- verdicts ---- */

/* A call to the supervisor that could not be taken ends as a landing would, at the place behind
   it. */
static bool call_not_taken(const struct insn_case *c, const struct cpu *after)
{
	return case_is(c, 0xff00, 0xdf00) && c->fires && !after->svcs;
}

bool insn_faulted(const struct insn_case *c, const struct insn_state *after)
{
	const struct cpu *cpu = const_cpu_of(after);

	return !is_landing(cpu->pc) || cpu->cfsr || cpu->vector != 3 || call_not_taken(c, cpu);
}

bool insn_executed(const struct insn_case *c, const struct insn_state *after)
{
	return c->fires && const_cpu_of(after)->pc != c->addr &&
	       !call_not_taken(c, const_cpu_of(after));
}

bool insn_uses_fp(const struct insn_state *state)
{
	return !(const_cpu_of(state)->exc_return & EXC_RETURN_BASIC);
}

/* A branch to where instructions are ends behind the NOP there. */
static bool leads_to(uint32_t at, uint32_t pc)
{
	return at == pc || ((at == code_site(0) || at == code_site(1)) && at + 2 == pc);
}

bool insn_sees(const struct insn_case *c, const struct insn_state *state, bool after,
               const struct tl_regs *tl_regs)
{
	const struct thumb_regs *regs = (const struct thumb_regs *)tl_regs;
	const struct cpu *cpu = const_cpu_of(state);
	uint32_t pc = after ? cpu->pc : (uint32_t)c->addr,
	         mask = after ? ~0x200u : ~(0x200u | THUMB_XPSR_IT);
	uint32_t handler = cpu->exc_return & 8 ? 0 : THUMB_PENDSV;

	for (unsigned r = 0; r < PC; r++)
		if (regs->r[r] != thumb_reg(cpu, r))
			return false;
	return (after ? leads_to(regs->pc, pc) : regs->pc == pc) &&
	       !((regs->xpsr ^ (cpu->xpsr | handler)) & mask);
}

#define NAME(name) #name,
const char *const insn_words[INSN_WORDS] = {INSN_THUMB_WORDS(NAME)};
#undef NAME
