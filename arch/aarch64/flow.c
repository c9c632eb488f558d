/* SPDX-License-Identifier: MIT */
/*
 * AArch64: see flow.h. Addresses are made of two instructions: ADRP, and, within the next few, what
 * adds the rest to load or to keep. Tables of jumps are no part of the text.
 *
 * Follows the Arm Architecture Reference Manual for A-profile, DDI 0487: C6.2, and the ELF for the
 * Arm 64-bit Architecture (AAELF64), 5.7.
 */
#include "flow.h"

#include "a64.h"
#include "error.h"

tl_flow_fn a64_flow; /* of isas.def */

enum { SOON = 24 /* bytes */ };

static uint32_t word(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Does it add an offset to that register, to load or to keep? */
static bool lower(uint32_t bits, unsigned reg, struct tl_flow *flow)
{
	uint32_t immediate = bits >> 10 & 0xfff;
	unsigned size = bits >> 30;

	if ((bits >> 5 & 31) != reg)
		return false;
	if ((bits & 0xffc00000) == 0x91000000) { /* add */
		flow->refers = TL_REFERS_KEEPS;
		flow->addr += immediate;
		return true;
	}
	if ((bits & 0x3b000000) != 0x39000000 || !(bits >> 22 & 3)) /* a store keeps nothing */
		return false;
	if (bits >> 26 & 1 && bits >> 23 & 1)
		size = 4; /* of Q */
	flow->refers = TL_REFERS_READS;
	flow->bytes = (uint8_t)(1u << size);
	flow->addr += (uint64_t)immediate << size;
	return true;
}

static void refers_by_page(const struct tl_text *text, const struct tl_insn *insn,
                           struct tl_flow *flow)
{
	flow->addr = (text->addr & ~(uint64_t)0xfff) + ((uint64_t)(int64_t)a64_offset(insn) << 12);
	for (unsigned at = 4; at < SOON && at + 4 <= text->after; at += 4)
		if (lower(word(text->bytes + at), insn->bits & 31, flow))
			return;
	flow->addr = 0;
}

static void refers(const struct tl_text *text, const struct tl_insn *insn, struct tl_flow *flow)
{
	unsigned size = insn->bits >> 30;

	if (insn->verdict == TL_REJECT)
		return;
	switch (insn->op) {
	case A64_ADRP:
		refers_by_page(text, insn, flow);
		return;
	case A64_ADR:
		flow->refers = TL_REFERS_KEEPS;
		break;
	case A64_LITERAL:
		flow->refers = TL_REFERS_READS;
		flow->bytes = size == 1 ? 8 : 4;
		break;
	case A64_FP_LITERAL:
		flow->refers = TL_REFERS_READS;
		flow->bytes = (uint8_t)(4u << size);
		break;
	default:
		return;
	}
	flow->addr = text->addr + (uint64_t)(int64_t)a64_offset(insn);
}

void a64_flow(const struct tl_text *text, const struct tl_insn *insn, tl_fetch_fn *fetch, void *ctx,
              struct tl_flow *flow)
{
	enum { RET = 0xd65f0000, BRANCHES = 0xfe000000, TO_REGISTER = 0xd6000000 };
	bool to_register = (insn->bits & BRANCHES) == TO_REGISTER && insn->op != A64_BLR;

	(void)fetch, (void)ctx;
	refers(text, insn, flow);
	if (insn->verdict == TL_REJECT) {
		flow->stops = insn->op == TL_EUNDEF || insn->op == TL_ETRAP;
		return;
	}
	flow->stops = to_register || insn->op == A64_B;
	flow->computed = to_register && (insn->bits & 0xffff0000) != RET;
	flow->goes = a64_goes(insn);
}
