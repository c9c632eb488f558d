/* SPDX-License-Identifier: MIT */
/*
 * RISC-V: see flow.h. Addresses are made of two instructions: LUI or AUIPC, and, within the next
 * few, what adds the rest to load or to keep.
 *
 * Follows the RISC-V Instruction Set Manual, volume I, 20191213: 2.4, 2.5, 2.6, 16.5, and the
 * RISC-V ELF psABI 1.0, "Code models".
 */
#include "flow.h"

#include "error.h"
#include "riscv.h"

tl_flow_fn riscv_flow; /* of isas.def */

enum { SOON = 24 /* bytes */ };

static int64_t sign_extend(uint32_t value, unsigned width)
{
	int64_t sign = (int64_t)1 << (width - 1);

	return ((int64_t)value ^ sign) - sign;
}

/* Does it put the upper part of an address into a register? */
static bool upper(uint32_t bits, unsigned len, uint64_t addr, unsigned *reg, uint64_t *value)
{
	enum { LUI = 0x37, AUIPC = 0x17, SP = 2 };

	*reg = bits >> 7 & 31;
	if (len == 4 && ((bits & 0x7f) == LUI || (bits & 0x7f) == AUIPC)) {
		*value = (uint64_t)sign_extend(bits & 0xfffff000, 32) +
		         ((bits & 0x7f) == AUIPC ? addr : 0);
		return *reg;
	}
	if (len == 2 && (bits & 0xe003) == 0x6001 && *reg && *reg != SP) { /* c.lui */
		*value = (uint64_t)sign_extend((bits >> 12 & 1) << 17 | (bits >> 2 & 31) << 12, 18);
		return true;
	}
	return false;
}

/* Does it add an offset to that register, to load or to keep? */
static bool lower(uint32_t bits, unsigned reg, struct tl_flow *flow)
{
	unsigned size = bits >> 12 & 3;

	if ((bits >> 15 & 31) != reg)
		return false;
	switch (bits & 0x7f) {
	case 0x03: /* integer loads */
	case 0x07: /* FP loads */
		flow->refers = TL_REFERS_READS;
		flow->bytes = (uint8_t)(1u << size);
		return true;
	case 0x13: /* ADDI */
	case 0x1b: /* ADDIW */
		flow->refers = TL_REFERS_KEEPS;
		return (bits >> 12 & 7) == 0;
	}
	return false;
}

static uint32_t word(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void refers(const struct tl_text *text, const struct tl_insn *insn, struct tl_flow *flow)
{
	uint64_t value;
	unsigned reg;

	if (!upper(insn->bits, insn->len, text->addr, &reg, &value))
		return;
	for (unsigned at = insn->len, len; at < SOON && at + 4 <= text->after; at += len) {
		uint32_t bits = word(text->bytes + at);

		len = riscv_insn_len(text->bytes + at, text->after - at);
		if (!len)
			return;
		if (len == 4 && lower(bits, reg, flow)) {
			flow->addr = value + (uint64_t)sign_extend(bits >> 20, 12);
			return;
		}
	}
	flow->refers = TL_REFERS_NOT;
}

void riscv_flow(const struct tl_text *text, const struct tl_insn *insn, tl_fetch_fn *fetch,
                void *ctx, struct tl_flow *flow)
{
	enum { MRET = 0x30200073, SRET = 0x10200073, RET = 0x8067, C_RET = 0x8082 };
	bool links = insn->bits >> 7 & 31, jumps;

	(void)fetch, (void)ctx;
	refers(text, insn, flow);
	if (insn->bits == MRET || insn->bits == SRET) {
		flow->stops = true;
		return;
	}
	if (insn->verdict == TL_REJECT) {
		flow->stops = insn->op == TL_EUNDEF;
		return;
	}
	jumps = insn->op == RISCV_C_JR || (insn->op == RISCV_JALR && !links);
	flow->computed = jumps && insn->bits != RET && insn->bits != C_RET;
	flow->stops = jumps || insn->op == RISCV_C_J || (insn->op == RISCV_JAL && !links);
	flow->goes = riscv_goes(insn);
}
