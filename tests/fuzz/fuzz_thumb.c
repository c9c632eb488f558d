/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the pure half of Cortex-M: whatever the text, the registers and the memory, what decode() says holds for the rest.
 *
 * An input: byte 0 the variant, 1 bytes of text before the instruction, 2 to 5 its address, 6 how many reads succeed, 7 where the
 * registers are seeded from, 8 bytes of text; then the text, then the registers over those of the seed.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "isa.h"
#include "thumb/thumb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct tl_isa *const isas[] = {&thumb_v7em, &thumb_v6m, &thumb_v7m, &thumb_v8m};

enum { SLOT_AT = 0x20000100, HEAD = 9, PAST = 4096 + 8 };

static unsigned reads_left, reads;
static uintptr_t failed_at, lowest, highest;

#define REQUIRE(condition)                                                                                                       \
	do {                                                                                                                     \
		if (!(condition)) {                                                                                              \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                                \
			abort();                                                                                                 \
		}                                                                                                                \
	} while (0)

static uint32_t hash(uint32_t x)
{
	x = (x ^ x >> 16) * 0x7feb352du;
	x = (x ^ x >> 15) * 0x846ca68bu;
	return x ^ x >> 16;
}

/* Memory: what is at an address depends on the address alone. */
static int read_memory(uintptr_t addr, void *to, unsigned bytes)
{
	uint8_t *t = to;

	REQUIRE(bytes && bytes <= 8 && addr <= UINT32_MAX);
	if (reads++ == reads_left) {
		failed_at = addr;
		return -TL_EFAULT;
	}
	lowest = addr < lowest ? addr : lowest;
	highest = addr > highest ? addr : highest;
	for (unsigned i = 0; i < bytes; i++)
		t[i] = (uint8_t)hash((uint32_t)addr + i);
	return 0;
}

static void start_reads(unsigned succeed)
{
	reads = 0;
	reads_left = succeed == 0xff ? ~0u : succeed;
	failed_at = highest = 0;
	lowest = UINTPTR_MAX;
}

static bool near(uintptr_t addr, uintptr_t pc)
{
	return (uint32_t)(addr - pc + PAST) < 2 * PAST;
}

static uint32_t word(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool is_halfword(const uint8_t *p, uint32_t halfword)
{
	return (p[0] | p[1] << 8) == (int)halfword;
}

/* A verdict: the same each time, consistent in itself, and not about more text than there is. */
static int decode(const struct tl_isa *isa, const struct tl_text *text, struct tl_insn *insn)
{
	struct tl_insn again;

	memset(insn, 0x55, sizeof *insn);
	memset(&again, 0xaa, sizeof again);
	int error = isa->decode(isa, text, insn);
	REQUIRE(isa->decode(isa, text, &again) == error && memcmp(&again, insn, sizeof again) == 0);
	REQUIRE(insn->len == isa->insn_len(text->bytes, text->after));
	if (error) {
		REQUIRE(error < 0 && insn->verdict == TL_REJECT && insn->op == -error && !insn->flags);
		REQUIRE(insn->len == 2 || insn->len == 4 || (insn->len == 0 && text->after < 2));
	} else {
		REQUIRE(insn->verdict == TL_SLOT || insn->verdict == TL_SIMULATE);
		REQUIRE((insn->len == 2 || insn->len == 4) && insn->len <= text->after);
		REQUIRE(isa->skip || !(insn->flags & TL_INSN_PREDICATED));
		REQUIRE(!(insn->flags & TL_INSN_NO_TRAP) || !(insn->flags & TL_INSN_PREDICATED));
		REQUIRE(!(insn->flags & TL_INSN_LEAVES) || insn->verdict == TL_SLOT);
	}
	return error;
}

/* The VLDR in a slot loads there what the displaced one loads. */
static void check_literal(const struct tl_isa *isa, const struct tl_insn *insn, const struct tl_text *text, const uint8_t *slot)
{
	unsigned bytes = insn->bits & THUMB_VLDR_DOUBLE ? 8 : 4, at = 4u + 4u * slot[2];

	REQUIRE(lowest % 4 == 0 && near(lowest, text->addr));
	REQUIRE(slot[0] & 0x80 && slot[3] == (insn->bits >> 8 & 0xff) && at + bytes <= isa->slot_size);
	for (unsigned i = 0; i < bytes; i++)
		REQUIRE(slot[at + i] == (uint8_t)hash((uint32_t)lowest + i));
}

/* A slot: within its size, the instruction in front, and behind it what was asked for. */
static void build_slot(const struct tl_isa *isa, const struct tl_text *text, const struct tl_insn *insn, unsigned succeed)
{
	int end =
	        insn->len + (!(insn->flags & TL_INSN_PREDICATED) && insn->len == 2 && insn->bits >> 8 == 0xdf ? 2 : 0); /* SVC */
	bool unboosted = insn->op == THUMB_VLDR && insn->bits & THUMB_VLDR_DOUBLE;
	uint8_t *slots[2]; /* exactly as large as a slot */

	for (unsigned boosted = 0; boosted < 2; boosted++) {
		slots[boosted] = malloc(isa->slot_size);
		memset(slots[boosted], boosted ? 0x55 : 0xaa, isa->slot_size);
		start_reads(succeed);
		int at = isa->slot_build(isa, insn, text->addr, SLOT_AT, boosted, read_memory, slots[boosted]);
		if (at < 0) {
			REQUIRE(at == -TL_EFAULT && insn->op == THUMB_VLDR && reads > reads_left);
			while (boosted + 1)
				free(slots[boosted--]);
			return;
		}
		REQUIRE(at == (boosted && !unboosted ? 0 : end));
		REQUIRE((insn->op == THUMB_VLDR) == (reads != 0));
		if (at)
			REQUIRE(is_halfword(slots[boosted] + at, THUMB_BRK_SLOT));
		if (insn->op == THUMB_VLDR)
			check_literal(isa, insn, text, slots[boosted]);
		else
			REQUIRE(memcmp(slots[boosted], text->bytes, insn->len) == 0);
	}
	/* one may become the other around a context that is suspended in it */
	for (unsigned i = 0; i < isa->slot_size; i++)
		REQUIRE(slots[0][i] == slots[1][i] || ((int)i / 2 == end / 2 && !unboosted));
	if (!(insn->flags & TL_INSN_LEAVES) && !unboosted)
		REQUIRE(word(slots[1] + (isa == &thumb_v6m ? 12 : 8)) == ((uint32_t)(text->addr + insn->len) | 1));
	free(slots[0]);
	free(slots[1]);
}

/* A simulation: all or nothing, the same each time; nothing else than an instruction that reads or writes the PC could do. */
static void simulate(const struct tl_isa *isa, const struct tl_insn *insn, const struct thumb_regs *from, unsigned succeed)
{
	struct thumb_regs regs = *from, again = *from;
	struct tl_sim_fault fault = {0};

	start_reads(succeed);
	int error = isa->simulate(insn, (struct tl_regs *)&regs, read_memory, &fault);
	if (error) {
		REQUIRE(error == -TL_EFAULT && fault.bytes);
		REQUIRE(fault.misaligned ? fault.addr % fault.bytes : reads > reads_left && fault.addr == failed_at);
		REQUIRE(memcmp(&regs, from, sizeof regs) == 0);
		return;
	}
	REQUIRE(reads <= reads_left);
	if (reads && !(insn->flags & TL_INSN_LOADS) && insn->op != THUMB_TB)
		REQUIRE(near(lowest, from->pc) && near(highest, from->pc));
	start_reads(succeed);
	REQUIRE(isa->simulate(insn, (struct tl_regs *)&again, read_memory, &fault) == 0);
	REQUIRE(memcmp(&regs, &again, sizeof regs) == 0);

	bool exc_return = from->xpsr & THUMB_XPSR_IPSR && regs.pc >> 24 == 0xff;
	REQUIRE(!(regs.pc & 1) || exc_return);
	REQUIRE(regs.sp == from->sp || regs.sp % 4 == 0);
	REQUIRE(((regs.xpsr ^ from->xpsr) & ~(THUMB_XPSR_IT | THUMB_XPSR_T)) == 0);
	REQUIRE(memcmp(&regs.exc_return, &from->exc_return, sizeof regs - offsetof(struct thumb_regs, exc_return)) == 0);
}

/* A predicate that is false: on to the next instruction, and nothing else. */
static void skip(const struct tl_isa *isa, const struct tl_insn *insn, const struct thumb_regs *from)
{
	struct thumb_regs regs = *from;

	if (isa->skip(insn, (struct tl_regs *)&regs)) {
		REQUIRE(regs.pc == from->pc + insn->len && from->xpsr & THUMB_XPSR_IT);
		REQUIRE(((regs.xpsr ^ from->xpsr) & ~THUMB_XPSR_IT) == 0);
		regs.pc = from->pc;
		regs.xpsr = from->xpsr;
	}
	REQUIRE(memcmp(&regs, from, sizeof regs) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct thumb_regs regs;
	struct tl_insn insn;

	if (size < HEAD)
		return -1;
	const struct tl_isa *isa = isas[data[0] % 4];
	unsigned n = data[8] < size - HEAD ? data[8] : (unsigned)(size - HEAD), before = data[1] < n ? data[1] & ~1u : 0;
	uint8_t *bytes = malloc(n ? n : 1); /* exactly as large as the text */
	if (n)
		memcpy(bytes, data + HEAD, n);
	struct tl_text text = {bytes + before, word(data + 2) & ~1u, before, n - before};

	for (unsigned i = 0; i < sizeof regs / 4; i++)
		((uint32_t *)&regs)[i] = hash(data[7] * 64u + i);
	size -= HEAD + n;
	memcpy(&regs, data + HEAD + n, size < sizeof regs ? size : sizeof regs);
	regs.pc = (uint32_t)text.addr;
	regs.sp &= ~3u;

	int hooked = isa->returns(isa, &text);
	REQUIRE(hooked == 0 || hooked == -TL_ERETURN);
	if (decode(isa, &text, &insn) == 0) {
		if (insn.verdict == TL_SLOT)
			build_slot(isa, &text, &insn, data[6]);
		if (insn.verdict == TL_SIMULATE || (insn.flags & TL_INSN_LEAVES && !(insn.flags & TL_INSN_NO_TRAP)))
			simulate(isa, &insn, &regs, data[6]);
		if (insn.flags & TL_INSN_PREDICATED)
			skip(isa, &insn, &regs);
	}
	free(bytes);
	return 0;
}
