/* SPDX-License-Identifier: MIT */
/*
 * Where code goes from an instruction: calls and jumps whose target its text shows, and those that
 * only a run would.
 *
 * One register is followed along the run while what it holds is a constant: so calls by AUIPC or
 * LUI and JALR are fixed, too. It is given up where an instruction might change it.
 *
 * Follows the RISC-V Instruction Set Manual, volume I, 20191213: 24 and 16.8 (listings), 2.5 (t0 as
 * alternate link register).
 */
#include "error.h"
#include "riscv.h"
#include "rows.h"

enum { RA = 1, T0 = 5 };

static uintptr_t imm_u(uint32_t bits)
{
	return (uintptr_t)(intptr_t)(int32_t)(bits & 0xfffff000);
}

static uintptr_t imm_i(uint32_t bits)
{
	return (uintptr_t)(intptr_t)((int32_t)bits >> 20);
}

static void know(struct tl_onward *f, unsigned reg, uintptr_t value)
{
	f->run.known = reg != 0;
	f->run.reg = (uint8_t)reg;
	f->run.value = value;
}

static bool knows(const struct tl_onward *f, unsigned reg)
{
	return f->run.known && f->run.reg == reg;
}

/* Could it write the register that is followed? Of 16 bits only C.LI, C.MV and stores are looked
 * at. */
static bool may_write(const struct tl_onward *f, const struct tl_insn *insn)
{
	uint32_t bits = insn->bits;

	if (insn->len == 4)
		return (bits >> 7 & 31) == f->run.reg;
	if ((bits & 0xe003) == 0x4001 || (bits & 0xf003) == 0x8002)
		return (bits >> 7 & 31) == f->run.reg;
	return (bits & 0xc001) != 0xc000;
}

static void follow(struct tl_onward *f, const struct tl_insn *insn, uintptr_t addr)
{
	uint32_t bits = insn->bits;
	unsigned d = bits >> 7 & 31, n = bits >> 15 & 31;

	if (insn->len == 4 && (bits & 0x7f) == 0x17) /* auipc */
		know(f, d, addr + imm_u(bits));
	else if (insn->len == 4 && (bits & 0x7f) == 0x37) /* lui */
		know(f, d, imm_u(bits));
	else if (insn->len == 4 && ((bits & 0x707f) == 0x13 || (bits & 0x707f) == 0x1b) &&
	         knows(f, n)) /* addi, addiw */
		know(f, d, f->run.value + imm_i(bits));
	else if (insn->len == 2 && (bits & 0xe003) == 0x0001 && knows(f, d)) /* c.addi */
		f->run.value +=
		        (uintptr_t)(intptr_t)((int32_t)(((bits >> 7 & 32) | (bits >> 2 & 31))
		                                        << 26) >>
		                              26);
	else if (may_write(f, insn))
		f->run.known = false;
}

/* To what a register holds, or nobody knows where. Returns go by ra, and those of millicode by
   t0. */
static void through(struct tl_onward *f, unsigned reg, uintptr_t offset)
{
	if (knows(f, reg))
		f->to = f->run.value + offset;
	else
		f->unknown = f->calls || (reg != RA && reg != T0);
}

static void jump(struct tl_onward *f, const struct tl_insn *insn, uintptr_t addr)
{
	uint32_t bits = insn->bits;
	unsigned d = bits >> 7 & 31;

	switch (insn->op) {
	case RISCV_JALR:
		f->calls = d != 0;
		through(f, bits >> 15 & 31, imm_i(bits));
		break;
	case RISCV_C_JR:
	case RISCV_C_JALR:
		f->calls = insn->op == RISCV_C_JALR;
		through(f, d, 0);
		break;
	case RISCV_JAL:
	case RISCV_C_JAL:
		f->calls = insn->op == RISCV_C_JAL || d != 0;
		f->to = addr + (uintptr_t)(intptr_t)riscv_offset(insn);
		break;
	case RISCV_C_J:
	case RISCV_BRANCH:
	case RISCV_C_BZ:
		f->to = addr + (uintptr_t)(intptr_t)riscv_offset(insn);
		break;
	default:
		return;
	}
	f->ends = !f->calls && insn->op != RISCV_BRANCH && insn->op != RISCV_C_BZ;
}

/* addi sp, sp, -n: behind a call nothing but another function's beginning. */
static bool begins_function(const struct tl_insn *insn)
{
	uint32_t bits = insn->bits;

	if (insn->len == 4)
		return (bits & 0x800fffff) == 0x80010113;
	return (bits & 0xff83) == 0x7101 || (bits & 0xff83) == 0x1101; /* c.addi16sp, c.addi */
}

unsigned riscv_onward(const struct tl_isa *isa, const struct tl_text *text, tl_read_fn *read,
                      struct tl_onward *flow)
{
	struct tl_insn insn;
	int check;

	(void)read;
	tl_onward_next(flow);
	check = riscv_lookup(isa->variant, text->bytes, text->after, &insn);
	if (check < 0 || (insn.verdict == TL_REJECT && insn.op == TL_EUNDEF) ||
	    (flow->run.called && begins_function(&insn)))
		return 0;
	if (insn.verdict == TL_REJECT)
		flow->ends = check & END; /* a return from a trap */
	else if (insn.verdict == TL_SIMULATE || insn.flags & TL_INSN_LEAVES)
		jump(flow, &insn, text->addr);
	follow(flow, &insn, text->addr);
	flow->run.called = flow->calls && (insn.len == 2 || (insn.bits >> 7 & 31) == RA);
	if (flow->calls)
		flow->run.known = false;
	return insn.len;
}
