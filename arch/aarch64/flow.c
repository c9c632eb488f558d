/* SPDX-License-Identifier: MIT */
/*
 * AArch64: see flow.h. Addresses are made of two instructions: ADRP, and, within the next few, what
 * adds the rest to load or to keep.
 *
 * A table of jumps is elsewhere, of distances from an address in the text:
 *
 *   cmp wN, most … adrp xT, table … add xT, xT, … ldrh wI, [xT, wN, uxtw 1] … adr xB, base …
 *   add xR, xB, wI, sxth 2 … br xR
 *
 * What is looked for from the end is who wrote each register. xT may have been made long before.
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

/* ---- tables of jumps ---- */

struct found {
	uint64_t at;
	uint32_t bits;
};

enum { BACK = 16 /* instructions */ };

static bool fetch_word(tl_fetch_fn *fetch, void *ctx, struct found *f, uint64_t at)
{
	const uint8_t *bytes = fetch(ctx, at, 4);

	if (bytes)
		*f = (struct found){at, word(bytes)};
	return bytes;
}

/* The last one before `at` that writes the register. */
static bool writer(tl_fetch_fn *fetch, void *ctx, uint64_t at, unsigned reg, struct found *f)
{
	for (unsigned n = 0; n < BACK; n++) {
		at -= 4;
		if (!fetch_word(fetch, ctx, f, at))
			return false;
		if (reg < 31 && a64_use_of(f->bits).writes >> reg & 1)
			return true;
	}
	return false;
}

/* What the register is compared with before `at`, and one more: 0, nothing tells. */
static uint32_t entries(tl_fetch_fn *fetch, void *ctx, uint64_t at, unsigned reg)
{
	struct found f;

	for (unsigned n = 0; n < BACK; n++) {
		at -= 4;
		if (!fetch_word(fetch, ctx, &f, at))
			return 0;
		if ((f.bits & 0x7fc003ff) == (0x7100001f | reg << 5)) /* cmp, immediate */
			return (f.bits >> 10 & 0xfff) + 1;
	}
	return 0;
}

/* What the register holds before `at`, by ADRP and ADD; 0: nothing tells. */
static uint64_t made(tl_fetch_fn *fetch, void *ctx, uint64_t at, unsigned reg)
{
	struct found add, adrp;
	struct tl_insn insn = {.op = A64_ADRP};

	if (!writer(fetch, ctx, at, reg, &add) || (add.bits & 0xffc00000) != 0x91000000 ||
	    !writer(fetch, ctx, add.at, add.bits >> 5 & 31, &adrp) ||
	    (adrp.bits & 0x9f000000) != 0x90000000)
		return 0;
	insn.bits = adrp.bits;
	return (adrp.at & ~(uint64_t)0xfff) + ((uint64_t)(int64_t)a64_offset(&insn) << 12) +
	       (add.bits >> 10 & 0xfff);
}

/* BR at `at` by that register. */
static void table(tl_fetch_fn *fetch, void *ctx, uint64_t at, unsigned reg, struct tl_flow_table *t)
{
	struct found add, adr, load;
	struct tl_insn insn = {.op = A64_ADR};
	bool extended, is_signed;

	if (!writer(fetch, ctx, at, reg, &add))
		return;
	extended = (add.bits & 0xffe00000) == 0x8b200000;
	if (!extended && (add.bits & 0xffe00000) != 0x8b000000)
		return;
	if (!writer(fetch, ctx, add.at, add.bits >> 5 & 31, &adr) ||
	    (adr.bits & 0x9f000000) != 0x10000000 ||
	    !writer(fetch, ctx, add.at, add.bits >> 16 & 31, &load) ||
	    (load.bits & 0x3f200c00) != 0x38200800) /* register offset */
		return;
	is_signed = (extended && add.bits >> 15 & 1) || load.bits >> 23 & 1;
	insn.bits = adr.bits;
	*t = (struct tl_flow_table){
	        .addr = made(fetch, ctx, load.at, load.bits >> 5 & 31),
	        .base = adr.at + (uint64_t)(int64_t)a64_offset(&insn),
	        .entries = entries(fetch, ctx, load.at, load.bits >> 16 & 31),
	        .bytes = (uint8_t)(1u << (load.bits >> 30)),
	        .scale = (uint8_t)(1u << (add.bits >> 10 & 7)),
	        .is_signed = is_signed,
	};
	if (!t->entries)
		t->bytes = 0;
}

void a64_flow(const struct tl_text *text, const struct tl_insn *insn, tl_fetch_fn *fetch, void *ctx,
              struct tl_flow *flow)
{
	enum { RET = 0xd65f0000, BRANCHES = 0xfe000000, TO_REGISTER = 0xd6000000 };
	bool to_register = (insn->bits & BRANCHES) == TO_REGISTER && insn->op != A64_BLR;

	refers(text, insn, flow);
	if (insn->verdict == TL_REJECT) {
		flow->stops = insn->op == TL_EUNDEF || insn->op == TL_ETRAP;
		return;
	}
	flow->stops = to_register || insn->op == A64_B;
	flow->computed = to_register && (insn->bits & 0xffff0000) != RET;
	flow->goes = a64_goes(insn);
	if (flow->computed)
		table(fetch, ctx, text->addr, insn->bits >> 5 & 31, &flow->table);
}
