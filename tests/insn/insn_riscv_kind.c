/* SPDX-License-Identifier: MIT */
/*
 * What kind of instruction a case has, and whether it can be proved by running it: see
 * insn_riscv.h.
 *
 * Follows the RISC-V Instruction Set Manual, volume I, 20191213: 2.2 and 16.2 (formats), 16.8 and
 * 24 (listings).
 *
 * What cannot:
 *   SP as a destination where what it gets is no stack: traps need one.
 *   Loads from below SP: what is there is anybody's, and a trap writes it.
 *   Branches to the case itself, which would not end, and to where there is no landing.
 *   mtvec made something that is no vector; mie made SP, which may let the timer in.
 *   satp written in supervisor mode, where nothing would be mapped.
 */
#include "insn_riscv.h"
#include "riscv/riscv.h"

static uintptr_t sign_extend(uint32_t value, unsigned width)
{
	uintptr_t sign = (uintptr_t)1 << (width - 1);

	return (value ^ sign) - sign;
}

bool case_is(const struct insn_case *c, uint32_t mask, uint32_t match)
{
	return c->row->len == ((match & 3) == 3 ? 4 : 2) && (c->bits & mask) == match;
}

bool case_is_csr(const struct insn_case *c)
{
	return c->row->op == RISCV_CSR && !c->row->error;
}

uint32_t case_csr(const struct insn_case *c)
{
	return c->bits >> 20;
}

uint32_t case_csr_kind(const struct insn_case *c)
{
	return field(c->bits, 12, 2);
}

bool case_csr_immediate(const struct insn_case *c)
{
	return field(c->bits, 14, 1);
}

uint32_t case_rs1(const struct insn_case *c)
{
	return field(c->bits, c->row->len == 4 ? 15 : 7, 5);
}

uintptr_t case_jalr_offset(const struct insn_case *c)
{
	return c->row->op == RISCV_JALR ? sign_extend(c->bits >> 20, 12) : 0;
}

/* Loads, stores, atomics, of integers and FP. */
unsigned case_base(const struct insn_case *c)
{
	static const uint8_t opcodes[] = {0x03, 0x23, 0x07, 0x27, 0x2f};

	if (c->row->len == 2)
		return (c->bits & 3) == 0 && c->bits >> 13 ? 8 + field(c->bits, 7, 3) : NO_REG;
	for (unsigned i = 0; i < sizeof opcodes; i++)
		if (case_is(c, 0x7f, opcodes[i]) && case_rs1(c) != SP)
			return case_rs1(c);
	return NO_REG;
}

/* ---- what cannot be proved ---- */

bool case_is_mv_to_sp(const struct insn_case *c)
{
	return case_is(c, 0xff83, 0x8102);
}

/* Are bits 11:7 a register of integers that it writes? Of C.JR and C.JALR it is one that they go
 * to. */
static bool has_rd(const struct insn_case *c)
{
	static const struct {
		uint32_t mask, match;
	} kinds[] = {
	        {0x7f, 0x03},             /* load */
	        {0x57, 0x13},             /* with an immediate; with a register; of words */
	        {0x7f, 0x17},             /* auipc */
	        {0x7f, 0x37},             /* lui */
	        {0x7f, 0x2f},             /* atomic */
	        {0x77, 0x67},             /* jal, jalr */
	        {0x7f, 0x73},             /* system */
	        {0xf000007f, 0xa0000053}, /* FP to integer */
	        {0xd000007f, 0xc0000053},
	        {0x8003, 0x0001}, /* 16 bits: c.addi, c.addiw, c.li, c.lui */
	        {0xe003, 0x0002}, /* c.slli */
	        {0xc003, 0x4002}, /* c.lwsp, c.ldsp */
	        {0xe003, 0x8002}, /* c.mv, c.add */
	};

	for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (case_is(c, kinds[i].mask, kinds[i].match))
			return true;
	return false;
}

/* SP goes a little up or down, or becomes another stack pointer: its source is suited to it. */
static bool keeps_a_stack(const struct insn_case *c)
{
	if (case_is_csr(c))
		return case_csr(c) == CSR_MSCRATCH || case_csr(c) == CSR_SSCRATCH;
	return case_is(c, 0xfffff, 0x10113) ||       /* addi sp, sp */
	       case_is(c, 0x800fffff, 0x80017113) || /* andi sp, sp, with ones above */
	       case_is(c, 0xef83, 0x0101) ||         /* c.addi sp */
	       case_is(c, 0xef83, 0x6101) ||         /* c.addi16sp */
	       case_is_mv_to_sp(c);
}

static bool spoils_sp(const struct insn_case *c)
{
	return has_rd(c) && field(c->bits, 7, 5) == SP && !keeps_a_stack(c);
}

static bool loads_below_sp(const struct insn_case *c)
{
	return (case_is(c, 0x7f, 0x03) || case_is(c, 0x7f, 0x07)) && case_rs1(c) == SP &&
	       c->bits >> 31;
}

/* Bits of an offset: from the instruction to the number. */
struct move {
	uint8_t from, width, to;
};

static uintptr_t offset_of(uint32_t bits, const struct move *moves, unsigned sign)
{
	uint32_t value = 0;

	for (; moves->width; moves++)
		value |= field(bits, moves->from, moves->width) << moves->to;
	return sign_extend(value, sign + 1);
}

/* How far a branch goes that says so itself; false: it does not. */
static bool goes(const struct insn_case *c, uintptr_t *offset)
{
	static const struct move j[] = {{31, 1, 20},
	                                {12, 8, 12},
	                                {20, 1, 11},
	                                {21, 10, 1},
	                                {0, 0, 0}},
	                         b[] = {{31, 1, 12}, {7, 1, 11}, {25, 6, 5}, {8, 4, 1}, {0, 0, 0}},
	                         cj[] = {{12, 1, 11}, {11, 1, 4}, {9, 2, 8}, {8, 1, 10}, {7, 1, 6},
	                                 {6, 1, 7},   {3, 3, 1},  {2, 1, 5}, {0, 0, 0}},
	                         cb[] = {{12, 1, 8}, {10, 2, 3}, {5, 2, 6},
	                                 {3, 2, 1},  {2, 1, 5},  {0, 0, 0}};

	switch (c->row->op) {
	case RISCV_JAL:
		*offset = offset_of(c->bits, j, 20);
		return true;
	case RISCV_BRANCH:
		*offset = offset_of(c->bits, b, 12);
		return true;
	case RISCV_C_J:
	case RISCV_C_JAL:
		*offset = offset_of(c->bits, cj, 11);
		return true;
	case RISCV_C_BZ:
		*offset = offset_of(c->bits, cb, 8);
		return true;
	default:
		return false;
	}
}

static bool goes_astray(const struct insn_case *c)
{
	uintptr_t offset;

	if (!goes(c, &offset))
		return c->row->op == RISCV_JALR && case_rs1(c) == SP; /* into the stack */
	return offset < c->row->len || !is_landing(c->addr + offset);
}

/* mtvec by a register that cannot be suited, or by an immediate that says more than the mode. */
static bool moves_vectors(const struct insn_case *c)
{
	bool writes = case_csr_kind(c) == CSR_WRITE;

	if (case_csr(c) != CSR_MTVEC)
		return false;
	if (case_csr_immediate(c))
		return writes || case_rs1(c) > 1;
	return case_rs1(c) == SP || (writes && !case_rs1(c));
}

static bool lets_timer_in(const struct insn_case *c)
{
	return (case_csr(c) == CSR_MIE || case_csr(c) == CSR_SIE) && !case_csr_immediate(c) &&
	       case_rs1(c) == SP;
}

static bool maps_nothing(const struct insn_case *c)
{
	return case_csr(c) == CSR_SATP &&
	       (const_cpu_of(&c->from)->mstatus & MSTATUS_MPP) == MSTATUS_MPP_S;
}

bool case_can_be_proved(const struct insn_case *c)
{
	if (case_is_csr(c) && (moves_vectors(c) || lets_timer_in(c) || maps_nothing(c)))
		return false;
	return !spoils_sp(c) && !loads_below_sp(c) && !goes_astray(c);
}
