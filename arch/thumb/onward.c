/* SPDX-License-Identifier: MIT */
/*
 * Where code goes from an instruction: calls and jumps whose target its text shows, and those that
 * only a run would.
 *
 * One register is followed along the run while what it holds is a constant: veneers (`ldr pc`, `ldr
 * ip` or `movw`, `movt`, then `bx ip`) and calls over any distance (`ldr r3, =f; blx r3`) are
 * fixed, too. It is given up where an instruction might change it.
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E: A5 (encodings), A7.7 (branches,
 * CPS, MSR).
 */
#include "error.h"
#include "rows.h"
#include "thumb.h"

enum { IP = 12, SP = 13, LR = 14, PC = 15 };

static void know(struct tl_onward *f, unsigned reg, uintptr_t value)
{
	f->run.known = true;
	f->run.reg = (uint8_t)reg;
	f->run.value = value;
}

static bool knows(const struct tl_onward *f, unsigned reg)
{
	return f->run.known && f->run.reg == reg;
}

/* ldr Rt, [pc, #] into the register that is followed. */
static void load_literal(struct tl_onward *f, unsigned reg, uintptr_t addr, tl_read_fn *read)
{
	uint32_t word;

	if (read(addr, &word, sizeof word))
		f->run.known = false;
	else
		know(f, reg, word);
}

static uint32_t move_imm16(uint32_t bits)
{
	return (bits >> 4 & 0xf000) | (bits >> 15 & 0x800) | (bits >> 4 & 0x700) | (bits & 0xff);
}

static void follow_wide(struct tl_onward *f, uint32_t bits, uintptr_t addr, tl_read_fn *read)
{
	unsigned d = bits >> 8 & 15, t = bits >> 12 & 15;

	if ((bits & 0xfbf08000) == 0xf2400000) /* movw */
		know(f, d, move_imm16(bits));
	else if ((bits & 0xfbf08000) == 0xf2c00000 && knows(f, d)) /* movt */
		f->run.value |= (uintptr_t)move_imm16(bits) << 16;
	else if ((bits & 0xff7f0000) == 0xf85f0000) /* ldr [pc, #] */
		load_literal(f, t,
		             ((addr + 4) & ~(uintptr_t)3) +
		                     (bits >> 23 & 1 ? bits & 0xfff : -(uintptr_t)(bits & 0xfff)),
		             read);
	else
		f->run.known = false;
}

/* Of 16 bits: does it leave the register that is followed alone? Stores, and what names another;
 * not to know means no. */
static bool keeps_narrow(const struct tl_onward *f, uint32_t bits)
{
	unsigned op = bits >> 11;

	switch (op) {
	case 0x04: /* movs Rd, # */
	case 0x05: /* cmp Rn, # */
	case 0x06: /* adds Rd, # */
	case 0x07: /* subs Rd, # */
		return op == 0x05 || f->run.reg != (bits >> 8 & 7);
	case 0x0c: /* str, strb, strh */
	case 0x0e:
	case 0x10:
	case 0x12: /* str [sp, #] */
		return true;
	case 0x0d: /* ldr, ldrb, ldrh */
	case 0x0f:
	case 0x11:
		return f->run.reg != (bits & 7);
	}
	if (bits >> 9 == 0x5e) /* pop */
		return !(f->run.reg < 8 && bits >> f->run.reg & 1);
	return bits >> 9 == 0x5a || bits == 0xbf00 || bits >> 8 == 0xb0; /* push, nop, add sp */
}

static void follow_narrow(struct tl_onward *f, uint32_t bits, uintptr_t addr, tl_read_fn *read)
{
	unsigned m = bits >> 3 & 15, d = (bits >> 4 & 8) | (bits & 7);

	if (bits >> 11 == 0x09) /* ldr Rt, [pc, #] */
		load_literal(f, bits >> 8 & 7, ((addr + 4) & ~(uintptr_t)3) + 4 * (bits & 0xff),
		             read);
	else if (bits >> 8 == 0x46 && knows(f, m)) /* mov Rd, Rm */
		f->run.reg = (uint8_t)d;
	else if (bits >> 11 == 0x04 && !f->run.known) /* movs Rd, # */
		know(f, bits >> 8 & 7, bits & 0xff);
	else if (!(bits >> 8 == 0x46 && d != f->run.reg) && !keeps_narrow(f, bits))
		f->run.known = false;
}

/* Through a register: a return, a constant, or nobody knows where. */
static void through(struct tl_onward *f, unsigned reg)
{
	if (reg == LR && f->ends)
		return;
	if (knows(f, reg) && f->run.value & 1)
		f->to = f->run.value & ~(uintptr_t)1;
	else
		f->unknown = true;
}

/* ldr pc: from the stack a return, a literal, or from a table. */
static void load_pc(struct tl_onward *f, uint32_t bits)
{
	f->unknown = (bits >> 16 & 15) != SP;
}

static void branch(struct tl_onward *f, const struct tl_insn *insn, uintptr_t addr)
{
	uint32_t bits = insn->bits;

	switch (insn->op) {
	case THUMB_BCC:
	case THUMB_BCCW:
	case THUMB_CBZ:
	case THUMB_B:
		f->ends = insn->op == THUMB_B;
		f->to = addr + (uintptr_t)(intptr_t)thumb_goes(insn);
		break;
	case THUMB_BW:
	case THUMB_BL:
		f->ends = insn->op == THUMB_BW;
		f->calls = !f->ends;
		f->to = addr + (uintptr_t)(intptr_t)thumb_far(bits);
		break;
	case THUMB_BX:
	case THUMB_BLX:
		f->ends = insn->op == THUMB_BX;
		f->calls = !f->ends;
		through(f, bits >> 3 & 15);
		break;
	case THUMB_MOVHI:
	case THUMB_ADDHI:
		f->ends = (bits & 0x87) == 0x87;
		if (f->ends && insn->op == THUMB_MOVHI)
			through(f, bits >> 3 & 15);
		else
			f->unknown = f->ends;
		break;
	case THUMB_TB:
		f->ends = f->unknown = true;
		break;
	case THUMB_LDRWL:
		f->ends = (bits & 0xff7ff000) == 0xf85ff000;
		if (f->ends)
			through(f, PC); /* where the literal has been loaded to */
		break;
	case THUMB_LDRPC:
		f->ends = true;
		load_pc(f, bits);
		break;
	case THUMB_POP:
	case THUMB_LDM:
		f->ends = true;
		break;
	}
}

/* CPS f; MSR FAULTMASK by a constant that is not 0. By any other register it is what it was
   before. */
static int masks(const struct tl_onward *f, const struct tl_insn *insn)
{
	if (insn->len == 2 && (insn->bits & 0xffed) == 0xb661)
		return insn->bits & 0x10 ? 1 : -1;
	if (insn->len == 4 && (insn->bits & 0xfff0f3ff) == 0xf3808013)
		return knows(f, insn->bits >> 16 & 15) && f->run.value ? 1 : -1;
	return 0;
}

/* push {..., lr}: nothing but a function's beginning that a call which does not come back was
 * before. */
static bool begins_function(const struct tl_insn *insn)
{
	return (insn->len == 2 && insn->bits >> 8 == 0xb5) ||
	       (insn->len == 4 && (insn->bits & 0xffffc000) == 0xe92d4000);
}

unsigned thumb_onward(const struct tl_isa *isa, const struct tl_text *text, tl_read_fn *read,
                      struct tl_onward *flow)
{
	unsigned lanes = flow->run.lanes;
	struct tl_insn insn;

	tl_onward_next(flow);
	if (thumb_lookup(isa->variant, text->bytes, text->after, &insn) < 0 ||
	    (insn.verdict == TL_REJECT && insn.op == TL_EUNDEF) ||
	    (flow->run.called && begins_function(&insn)))
		return 0;
	flow->masks = (int8_t)masks(flow, &insn);
	if (insn.len == 4)
		follow_wide(flow, insn.bits, text->addr, read);
	else if (insn.verdict == TL_REJECT || (insn.op != THUMB_BX && insn.op != THUMB_BLX))
		follow_narrow(flow, insn.bits, text->addr, read);
	if (insn.verdict == TL_SIMULATE || insn.flags & TL_INSN_LEAVES)
		branch(flow, &insn, text->addr);
	if (lanes) {
		flow->run.lanes--;
		flow->run.known = flow->ends = false;
	}
	if (insn.len == 2 && thumb_it_lanes(insn.bits))
		flow->run.lanes = (uint8_t)thumb_it_lanes(insn.bits);
	flow->run.called = flow->calls;
	if (flow->calls)
		flow->run.known = false;
	return insn.len;
}
