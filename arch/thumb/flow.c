/* SPDX-License-Identifier: MIT */
/*
 * Thumb: see flow.h.
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E: A7.7. Tables behind a call are
 * those of libgcc's switch helpers (__gnu_thumb1_case_*), which find them by the return address.
 * The helpers are known by their code, since names may be gone.
 */
#include "flow.h"

#include "error.h"
#include "thumb.h"

tl_flow_fn thumb_flow; /* of isas.def */

static uint32_t field(uint32_t bits, unsigned low, unsigned width)
{
	return bits >> low & ((1u << width) - 1);
}

/* B and BL, 32 bits: A7.7.12, A7.7.18 */
static int64_t far(uint32_t bits)
{
	uint32_t sign = field(bits, 26, 1), i1 = field(bits, 13, 1) ^ sign ^ 1,
	         i2 = field(bits, 11, 1) ^ sign ^ 1;
	uint32_t imm = i1 << 22 | i2 << 21 | field(bits, 16, 10) << 11 | field(bits, 0, 11);

	return 4 + 2 * ((int64_t)imm - (sign ? 1 << 23 : 0));
}

static bool writes_pc(const struct tl_insn *insn)
{
	switch (insn->op) {
	case THUMB_MOVHI:
	case THUMB_ADDHI:
		return (insn->bits & 0x87) == 0x87;
	case THUMB_LDRWL:
		return field(insn->bits, 12, 4) == 15;
	}
	return insn->flags & TL_INSN_LEAVES || insn->op == THUMB_BX;
}

/* POP, LDM, BX LR */
static bool returns(const struct tl_insn *insn)
{
	return insn->op == THUMB_POP || insn->op == THUMB_LDM || insn->bits == 0x4770;
}

static void reads(struct tl_flow *flow, uint64_t addr, bool up, uint32_t offset, unsigned bytes)
{
	flow->refers = TL_REFERS_READS;
	flow->addr = (uint32_t)(((addr + 4) & ~(uint64_t)3) + (up ? offset : 0 - (uint64_t)offset));
	flow->bytes = (uint8_t)bytes;
}

static void literal(const struct tl_insn *insn, uint64_t addr, struct tl_flow *flow)
{
	uint32_t bits = insn->bits;
	bool up = field(bits, 23, 1);

	switch (insn->verdict == TL_SIMULATE ? insn->op : THUMB_SLOT) {
	case THUMB_LDRLIT:
		reads(flow, addr, true, field(bits, 0, 8) << 2, 4);
		return;
	case THUMB_LDRWL:
		reads(flow, addr, up, field(bits, 0, 12), 1u << field(bits, 21, 2));
		return;
	case THUMB_LDRDL:
		reads(flow, addr, up, field(bits, 0, 8) << 2, 8);
		return;
	case THUMB_ADR:
		reads(flow, addr, true, field(bits, 0, 8) << 2, 4);
		flow->refers = TL_REFERS_TAKES;
		return;
	case THUMB_ADRW:
		reads(flow, addr, !up,
		      field(bits, 26, 1) << 11 | field(bits, 12, 3) << 8 | field(bits, 0, 8), 4);
		flow->refers = flow->addr & 1 ? TL_REFERS_KEEPS
		                              : TL_REFERS_TAKES; /* of code it has bit 0 set */
		return;
	}
	if (insn->len == 4 &&
	    (bits & 0xff3f0e00) == 0xed1f0a00) /* VLDR, whether this variant has it or not */
		reads(flow, addr, up, field(bits, 0, 8) << 2, bits & THUMB_VLDR_DOUBLE ? 8 : 4);
}

/* A switch helper: it copies LR, then loads by that and r0, which index and how wide is in the
 * load. */
static void table_of_call(const uint8_t *callee, uint64_t after, struct tl_flow *flow)
{
	enum { MOV_R1_LR = 0x4671, HALFWORDS = 8 };
	static const struct {
		uint16_t load; /* ... [r1, r0] */
		uint8_t bytes, scale;
		bool is_signed;
	} helpers[] = {{0x5609, 1, 2, true},
	               {0x5c09, 1, 2, false},
	               {0x5e09, 2, 2, true},
	               {0x5a09, 2, 2, false},
	               {0x5808, 4, 1, true}};

	if (!callee || (callee[2] | callee[3] << 8) != MOV_R1_LR)
		return;
	for (unsigned i = 2; i < HALFWORDS; i++)
		for (unsigned h = 0; h < sizeof helpers / sizeof *helpers; h++) {
			uint64_t at = helpers[h].bytes == 4 ? (after + 3) & ~(uint64_t)3 : after;

			if ((callee[2 * i] | callee[2 * i + 1] << 8) != helpers[h].load)
				continue;
			flow->table = (struct tl_flow_table){.addr = at,
			                                     .base = at,
			                                     .bytes = helpers[h].bytes,
			                                     .scale = helpers[h].scale,
			                                     .is_signed = helpers[h].is_signed};
			flow->stops = true;
			return;
		}
}

void thumb_flow(const struct tl_text *text, const struct tl_insn *insn, tl_fetch_fn *fetch,
                void *ctx, struct tl_flow *flow)
{
	uint64_t addr = text->addr, after = addr + insn->len;
	bool sure = !(insn->flags & TL_INSN_PREDICATED);

	literal(insn, addr, flow);
	if (insn->verdict == TL_REJECT) {
		flow->stops = insn->op == TL_EUNDEF;
		return;
	}
	if (writes_pc(insn)) {
		flow->stops = sure;
		flow->computed = !returns(insn);
		return;
	}
	if (insn->verdict != TL_SIMULATE)
		return;
	switch (insn->op) {
	case THUMB_B:
		flow->stops = sure;
		flow->goes = thumb_goes(insn);
		break;
	case THUMB_BW:
		flow->stops = sure;
		flow->goes = far(insn->bits);
		break;
	case THUMB_BL:
		table_of_call(fetch(ctx, addr + (uint64_t)far(insn->bits), 16), after, flow);
		break;
	case THUMB_TB:
		flow->stops = sure;
		if (field(insn->bits, 16, 4) == 15)
			flow->table = (struct tl_flow_table){
			        after, after, 0, (uint8_t)(1 + field(insn->bits, 4, 1)), 2, false};
		else
			flow->computed = true;
		break;
	default:
		flow->goes = thumb_goes(insn);
	}
}
