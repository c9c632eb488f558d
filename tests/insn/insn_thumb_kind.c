/* SPDX-License-Identifier: MIT */
/*
 * What kind of instruction a case has, and whether it can be proved by running it: see
 * insn_thumb.h.
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E: A5 (encodings), A7.7
 * (instructions).
 *
 * What cannot:
 *   - SP as a destination where what it gets is no stack: unpredictable but for a few, and
 *     exceptions need a stack.
 *   - Loads from below SP, and stores of parts of words there: what is there is anybody's, and a
 *     trap writes it.
 *   - Branches to the case itself, which would not end, and to where there is no landing.
 *   - In the tables of Armv6-M, registers that it lacks: the core that runs it here has them.
 *   - BXNS to Non-secure code: there is none.
 */
#include "arch.h"
#include "insn_thumb.h"
#include "thumb/rows.h"

static uint32_t sign_extend(uint32_t value, unsigned width)
{
	return (value ^ 1u << (width - 1)) - (1u << (width - 1));
}

bool case_is(const struct insn_case *c, uint32_t mask, uint32_t match)
{
	return c->row->len == (mask > 0xffff ? 4 : 2) && (c->bits & mask) == match;
}

bool case_uses_memory(const struct insn_case *c)
{
	static const struct {
		uint32_t mask, match;
	} kinds[] = {
	        {0xf000, 0x5000},         {0xe000, 0x6000},
	        {0xe000, 0x8000},         {0xf000, 0xc000}, /* 16 bits, not by SP */
	        {0xfe000000, 0xe8000000},                   /* multiple, dual, table branch */
	        {0xfe000000, 0xf8000000},                   /* single */
	        {0xec000000, 0xec000000},                   /* coprocessors */
	};

	for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (case_is(c, kinds[i].mask, kinds[i].match))
			return true;
	return false;
}

static bool is_load_single(const struct insn_case *c)
{
	return case_is(c, 0xfe100000, 0xf8100000);
}

unsigned case_high_d(const struct insn_case *c)
{
	return field(c->bits, 7, 1) << 3 | field(c->bits, 0, 3);
}

unsigned case_high_m(const struct insn_case *c)
{
	return field(c->bits, 3, 4);
}

bool case_is_high(const struct insn_case *c, uint32_t match)
{
	return case_is(c, 0xff00, match);
}

bool case_writes_pc(const struct insn_case *c)
{
	switch (c->row->op) {
	case THUMB_B:
	case THUMB_BW:
	case THUMB_BL:
	case THUMB_BX:
	case THUMB_BLX:
	case THUMB_TB:
	case THUMB_LDRPC:
	case THUMB_POP:
	case THUMB_LDM:
		return true;
	case THUMB_ADDHI:
	case THUMB_MOVHI:
		return case_high_d(c) == PC;
	case THUMB_LDRWL:
		return field(c->bits, 12, 4) == PC;
	default:
		return false;
	}
}

bool case_is_bxns(const struct insn_case *c)
{
	return case_is(c, 0xff87, 0x4704);
}

bool case_never_in_it(const struct insn_case *c)
{
	return c->row->op == THUMB_IT || c->row->op == THUMB_CBZ || c->row->op == THUMB_BCC ||
	       c->row->op == THUMB_BCCW || c->row->op == THUMB_LAST || case_is(c, 0xffe8, 0xb660);
}

bool case_loads_special(const struct insn_case *c)
{
	return c->row->op == THUMB_LDRWL && field(c->bits, 21, 2) == 2 &&
	       field(c->bits, 12, 4) >= SP && field(c->bits, 12, 4) != LR;
}

/* ---- what cannot be proved ---- */

/* ADD and SUB of so little that SP stays in its stack; registers are suited to it. */
bool case_adds_register_to_sp(const struct insn_case *c)
{
	return case_is(c, 0xff4fff30, 0xeb0d0d00) && field(c->bits, 0, 4) != SP;
}

static bool moves_sp_a_little(const struct insn_case *c)
{
	if (case_is(c, 0xfb5f8f00, 0xf20d0d00)) /* ADDW, SUBW */
		return true;
	return case_is(c, 0xffefff00, 0xf10d0d00) || case_is(c, 0xffefff00, 0xf1ad0d00) ||
	       case_adds_register_to_sp(c);
}

static bool spoils_sp(const struct insn_case *c)
{
	uint32_t check = c->row->check, t = field(c->bits, 12, 4), d = field(c->bits, 8, 4);

	if (c->row->len == 2) {
		if (case_is_high(c, 0x4400) || case_is_high(c, 0x4600))
			return case_high_d(c) == SP && case_high_m(c) >= SP && case_high_m(c) != LR;
		return false;
	}
	if (case_loads_special(c))
		return false;
	if (is_load_single(c) || (check & T && !case_is(c, 0xfe100000, 0xf8000000)))
		if (t == SP)
			return true;
	return check & D && d == SP && !moves_sp_a_little(c);
}

static bool loads_below_sp(const struct insn_case *c)
{
	if (case_is(c, 0xfe100fcf, 0xf810000d)) /* LDR [Rn, sp], unpredictable */
		return true;
	if (c->row->len == 2 || field(c->bits, 16, 4) != SP || !field(c->bits, 20, 1))
		return false;
	if (case_is(c, 0xfe400000, 0xe8000000)) /* LDM */
		return field(c->bits, 24, 1);
	if (case_is(c, 0xfe000000, 0xe8000000)) /* LDRD, TBB */
		return c->row->op != THUMB_TB && !field(c->bits, 23, 1);
	if (case_is(c, 0xfe800800, 0xf8000800)) /* LDR with 8 bits */
		return !field(c->bits, 9, 1);
	return is_coprocessor(c->bits) && !field(c->bits, 23, 1);
}

/* A word that is only partly written while SP goes below it: the rest is anybody's. */
static bool stores_part_below_sp(const struct insn_case *c)
{
	return case_is(c, 0xff9f0b00, 0xf80d0900) && (field(c->bits, 21, 2) != 2 || c->bits & 3);
}

/* Where a branch goes that says so itself; 0: it does not. */
static uint32_t target_of(const struct insn_case *c)
{
	uint32_t b = c->bits, pc = (uint32_t)c->addr + 4, s = field(b, 26, 1), j1 = field(b, 13, 1),
	         j2 = field(b, 11, 1);

	switch (c->row->op) {
	case THUMB_BCC:
		return pc + sign_extend(field(b, 0, 8) << 1, 9);
	case THUMB_B:
		return pc + sign_extend(field(b, 0, 11) << 1, 12);
	case THUMB_CBZ:
		return pc + (field(b, 9, 1) << 6 | field(b, 3, 5) << 1);
	case THUMB_BCCW:
		return pc + sign_extend(s << 20 | j2 << 19 | j1 << 18 | field(b, 16, 6) << 12 |
		                                field(b, 0, 11) << 1,
		                        21);
	case THUMB_BW:
	case THUMB_BL:
		return pc + sign_extend(s << 24 | (j1 == s) << 23 | (j2 == s) << 22 |
		                                field(b, 16, 10) << 12 | field(b, 0, 11) << 1,
		                        25);
	default:
		return 0;
	}
}

bool is_landing(uint32_t addr)
{
	uint16_t text;

	return !tl_arch_read(addr, &text, sizeof text) && (text & LANDING_MASK) == LANDING;
}

uint32_t case_literal_at(const struct insn_case *c, uint32_t offset)
{
	uint32_t pc = ((uint32_t)c->addr + 4) & ~3u;

	return field(c->bits, 23, 1) ? pc + offset : pc - offset;
}

/* Text that is read as data is as it is, breakpoints included. */
static bool reads_itself(const struct insn_case *c)
{
	uint32_t offset = field(c->bits, 0, 8) << 2;

	if (c->row->op == THUMB_LDRWL)
		offset = field(c->bits, 0, 12);
	else if (c->row->op != THUMB_LDRDL && c->row->op != THUMB_VLDR)
		return false;
	return case_literal_at(c, offset) + 8 > c->addr && case_literal_at(c, offset) < c->addr + 2;
}

static bool goes_astray(const struct insn_case *c)
{
	uint32_t target = target_of(c);

	return target &&
	       (!is_landing(target) || (target >= c->start && target < c->addr + c->row->len));
}

/* BASEPRI and FAULTMASK with the tables of Armv6-M, which has none: a core that has them does not
 * ignore them. */
static bool is_of_newer_core(const struct insn_case *c)
{
	return __ARM_ARCH == 6 && case_is(c, 0xfff0d000, 0xf3808000) &&
	       field(c->bits, 0, 8) >= 17 && field(c->bits, 0, 8) <= 19;
}

bool case_can_be_proved(const struct insn_case *c)
{
	if (spoils_sp(c) || loads_below_sp(c) || stores_part_below_sp(c) || reads_itself(c) ||
	    goes_astray(c) || is_of_newer_core(c))
		return false;
	if (c->row->len == 2 && (case_writes_pc(c) || case_is_bxns(c)) && (c->bits >> 10) == 0x11 &&
	    case_high_m(c) == SP)
		return false; /* into a stack */
	if (case_is(c, 0xfff0ffc0, 0xf850f000) && field(c->bits, 16, 4) == field(c->bits, 0, 4))
		return false; /* LDR PC from a multiple of a pointer */
	if (case_is(c, 0xfff0d000, 0xf3808000) && field(c->bits, 16, 4) == SP)
		return false; /* MSR from SP, unpredictable */
	return true;
}
