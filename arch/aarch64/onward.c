/* SPDX-License-Identifier: MIT */
/*
 * Where code goes from an instruction: calls and jumps whose target its text shows, and those that
 * only a run would.
 *
 * One register is followed along the run while what it holds is a constant: so calls by ADRP and
 * ADD, or a literal, and BLR are fixed, too, and linkers' veneers. It is given up where an
 * instruction might change it.
 *
 * Follows the Arm Architecture Reference Manual for A-profile, DDI 0487: C6.2.
 */
#include "a64.h"
#include "error.h"
#include "rows.h"

static void know(struct tl_onward *f, unsigned reg, uintptr_t value)
{
	f->run.known = reg != A64_SP;
	f->run.reg = (uint8_t)reg;
	f->run.value = value;
}

static bool knows(const struct tl_onward *f, unsigned reg)
{
	return f->run.known && f->run.reg == reg;
}

static void follow(struct tl_onward *f, const struct tl_insn *insn, uintptr_t addr,
                   tl_read_fn *read)
{
	uintptr_t offset = (uintptr_t)(intptr_t)a64_offset(insn);
	unsigned d = insn->bits & 31, n = insn->bits >> 5 & 31;
	uint64_t value;

	if (insn->op == A64_ADR)
		know(f, d, addr + offset);
	else if (insn->op == A64_ADRP)
		know(f, d, (addr & ~(uintptr_t)0xfff) + (offset << 12));
	else if (insn->op == A64_LITERAL && insn->bits >> 30 == 1 &&
	         !read(addr + offset, &value, sizeof value))
		know(f, d, (uintptr_t)value);
	else if ((insn->bits & 0xffc00000) == 0x91000000 && knows(f, n)) /* add, immediate */
		know(f, d, f->run.value + (insn->bits >> 10 & 0xfff));
	else if (f->run.known && a64_use_of(insn->bits).writes >> f->run.reg & 1)
		f->run.known = false;
}

/* To what a register holds, or nobody knows where. */
static void through(struct tl_onward *f, unsigned reg)
{
	if (knows(f, reg))
		f->to = f->run.value;
	else
		f->unknown = f->calls || reg != A64_LR;
}

static void jump(struct tl_onward *f, const struct tl_insn *insn, uintptr_t addr)
{
	switch (insn->op) {
	case A64_BR:
	case A64_BLR:
		f->calls = insn->op == A64_BLR;
		through(f, insn->bits >> 5 & 31);
		break;
	case A64_B:
	case A64_BL:
	case A64_BCOND:
	case A64_CB:
	case A64_TB:
		f->calls = insn->op == A64_BL;
		f->to = addr + (uintptr_t)(intptr_t)a64_offset(insn);
		break;
	default:
		return;
	}
	f->ends = insn->op == A64_B || insn->op == A64_BR;
}

/* RETAA and the like, which go back, and BRAA, which may go anywhere; SVC comes back. */
static void leave(struct tl_onward *f, const struct tl_insn *insn)
{
	f->ends = (insn->bits & 0xfe000000) == 0xd6000000;
	f->unknown = f->ends && (insn->bits & 0xfffffbff) != 0xd65f0bff;
}

/* BLRAA and the like. */
static bool calls_signed(const struct tl_insn *insn)
{
	return insn->op == TL_EINSN && a64_use_of(insn->bits).writes >> A64_LR & 1;
}

/* stp x29, x30, [sp, -n]!; sub sp, sp, n; paciasp, bti c: behind a call nothing but another
 * function's beginning. */
static bool begins_function(uint32_t bits)
{
	return (bits & 0xffe07fff) == 0xa9a07bfd || (bits & 0xff8003ff) == 0xd10003ff ||
	       bits == 0xd503233f || bits == 0xd503245f;
}

unsigned a64_onward(const struct tl_isa *isa, const struct tl_text *text, tl_read_fn *read,
                    struct tl_onward *flow)
{
	struct tl_insn insn;
	int check;

	tl_onward_next(flow);
	check = a64_lookup(isa->variant, text->bytes, text->after, &insn);
	if (check < 0 || (insn.verdict == TL_REJECT && insn.op == TL_EUNDEF) ||
	    (flow->run.called && begins_function(insn.bits)))
		return 0;
	if (insn.verdict == TL_REJECT) {
		flow->ends = check & END && insn.op == TL_ETRAP; /* a return from a trap */
		flow->calls = flow->unknown = calls_signed(&insn);
	} else if (insn.flags & TL_INSN_LEAVES && insn.op == A64_SLOT) {
		leave(flow, &insn);
	} else if (insn.verdict == TL_SIMULATE || insn.flags & TL_INSN_LEAVES) {
		jump(flow, &insn, text->addr);
	}
	follow(flow, &insn, text->addr, read);
	flow->run.called = flow->calls;
	if (flow->calls)
		flow->run.known = false;
	return insn.len;
}
