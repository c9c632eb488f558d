/* SPDX-License-Identifier: MIT */
/*
 * What has to hold for Cortex-M: see fuzz_isa.h. Own byte of an input: how many reads succeed.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/arch/thumb_slot.h"
#include "error.h"
#include "fuzz_isa.h"
#include "thumb/thumb.h"

static const struct tl_isa *const isas[] = {&thumb_v7em, &thumb_v6m, &thumb_v7m, &thumb_v8m};

enum { SLOT_AT = 0x20000100, PAST = 4096 + 8, LANES_TO_COME = 0x06000400 /* of xPSR */ };

static unsigned reads_left, reads;
static uintptr_t failed_at, lowest, highest;

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
		t[i] = (uint8_t)fuzz_hash((uint32_t)(addr + i));
	return 0;
}

static void start_reads(const struct fuzz_case *c)
{
	unsigned succeed = c->own[0];

	reads = 0;
	reads_left = succeed == 0xff ? ~0u : succeed;
	failed_at = highest = 0;
	lowest = UINTPTR_MAX;
}

static bool near(uintptr_t addr, uintptr_t pc)
{
	return (uint32_t)(addr - pc + PAST) < 2 * PAST;
}

static bool is_halfword(const uint8_t *p, uint32_t halfword)
{
	return (p[0] | p[1] << 8) == (int)halfword;
}

static void verdict(const struct fuzz_case *c)
{
	uint8_t len = c->insn.len;

	REQUIRE(len == 2 || len == 4 || (c->error && len == 0 && c->text.after < 2));
}

/* The VLDR in a slot loads there what the displaced one loads. */
static void check_literal(const struct tl_isa *isa, const struct tl_insn *insn,
                          const struct tl_text *text, const uint8_t *slot)
{
	unsigned bytes = insn->bits & THUMB_VLDR_DOUBLE ? 8 : 4, at = 4u + 4u * slot[2];

	REQUIRE(lowest % 4 == 0 && near(lowest, text->addr));
	REQUIRE(slot[0] & 0x80 && slot[3] == (insn->bits >> 8 & 0xff) &&
	        at + bytes <= isa->slot_size);
	for (unsigned i = 0; i < bytes; i++)
		REQUIRE(slot[at + i] == (uint8_t)fuzz_hash((uint32_t)(lowest + i)));
}

/* A slot: within its size, the instruction in front, and behind it what was asked for. */
static void build_slot(const struct fuzz_case *c)
{
	const struct tl_isa *isa = c->isa;
	const struct tl_text *text = &c->text;
	const struct tl_insn *insn = &c->insn;
	int end = insn->len + (insn->op == THUMB_SVC ? 2 : 0);
	uint8_t *slots[2]; /* exactly as large as a slot */

	if (insn->verdict == TL_SIMULATE)
		return;
	for (unsigned boosted = 0; boosted < 2; boosted++) {
		slots[boosted] = malloc(isa->slot_size);
		memset(slots[boosted], boosted ? 0x55 : 0xaa, isa->slot_size);
		start_reads(c);
		int at = isa->slot_build(isa, insn, text->addr, SLOT_AT, boosted, read_memory,
		                         slots[boosted]);
		if (at < 0) {
			bool no_trap = insn->flags & TL_INSN_NO_TRAP && !boosted;

			REQUIRE(no_trap ? at == -TL_EMASK
			                : at == -TL_EFAULT && insn->op == THUMB_VLDR &&
			                          reads > reads_left);
			while (boosted + 1)
				free(slots[boosted--]);
			return;
		}
		REQUIRE(at == (boosted || insn->flags & TL_INSN_CALLS ? 0 : end));
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
		REQUIRE(slots[0][i] == slots[1][i] || (int)i / 2 == end / 2);
	if (!(insn->flags & TL_INSN_LEAVES))
		REQUIRE(fuzz_word(slots[1] + (isa == &thumb_v6m ? 12 : 8), 4) ==
		        ((uint32_t)(text->addr + insn->len) | 1));
	free(slots[0]);
	free(slots[1]);
}

/* Rewritten, it does from its slot what simulate() does, and is the same whatever is to follow. */
static void check_rewritten(const struct fuzz_case *c, const struct thumb_regs *from)
{
	const struct tl_isa *isa = c->isa;
	struct thumb_regs simulated = *from, run;
	struct tl_sim_fault fault;
	uint8_t *slots[2];
	int error[2];

	start_reads(c);
	reads_left = ~0u;
	/* in a block only as its last: else there is none */
	if (!(c->insn.flags & TL_INSN_PREDICATED) || simulated.xpsr & LANES_TO_COME)
		simulated.xpsr &= ~THUMB_XPSR_IT;
	/* no text is where EXC_RETURN would be */
	simulated.xpsr = (simulated.xpsr & ~THUMB_XPSR_IPSR) | THUMB_XPSR_T;
	run = simulated;
	for (unsigned i = 0; i < 2; i++) {
		slots[i] = malloc(isa->slot_size);
		error[i] = isa->slot_build(isa, &c->insn, c->text.addr, SLOT_AT, i, read_memory,
		                           slots[i]);
		REQUIRE(error[i] == 0 || error[i] == -TL_EINSN);
	}
	REQUIRE(error[0] == error[1]);
	if (!error[0]) {
		REQUIRE(!memcmp(slots[0], slots[1], isa->slot_size));
		REQUIRE(isa->simulate(&c->insn, (struct tl_regs *)&simulated, read_memory,
		                      &fault) == 0);
		if (simulated.pc - SLOT_AT >= isa->slot_size) { /* no text is there */
			REQUIRE(thumb_run_slot(isa, slots[0], SLOT_AT, &run, read_memory));
			REQUIRE(memcmp(&run, &simulated, sizeof run) == 0);
		}
	}
	free(slots[0]);
	free(slots[1]);
}

/* A simulation: all or nothing, the same each time; nothing else than an instruction that reads or
 * writes the PC could do. */
static void simulate(const struct fuzz_case *c, const struct tl_regs *tl_from)
{
	const struct tl_isa *isa = c->isa;
	const struct tl_insn *insn = &c->insn;
	const struct thumb_regs *from = (const struct thumb_regs *)tl_from;
	struct thumb_regs regs = *from, again = *from;
	struct tl_sim_fault fault = {0};

	if (insn->verdict == TL_SIMULATE)
		check_rewritten(c, from);
	start_reads(c);
	int error = isa->simulate(insn, (struct tl_regs *)&regs, read_memory, &fault);
	if (error) {
		REQUIRE(error == -TL_EFAULT && fault.bytes);
		REQUIRE(fault.misaligned ? fault.addr % fault.bytes
		                         : reads > reads_left && fault.addr == failed_at);
		REQUIRE(memcmp(&regs, from, sizeof regs) == 0);
		return;
	}
	REQUIRE(reads <= reads_left);
	if (reads && !(insn->flags & TL_INSN_LOADS) && insn->op != THUMB_TB)
		REQUIRE(near(lowest, from->pc) && near(highest, from->pc));
	start_reads(c);
	REQUIRE(isa->simulate(insn, (struct tl_regs *)&again, read_memory, &fault) == 0);
	REQUIRE(memcmp(&regs, &again, sizeof regs) == 0);

	bool exc_return = from->xpsr & THUMB_XPSR_IPSR && regs.pc >> 24 == 0xff;
	REQUIRE(!(regs.pc & 1) || exc_return);
	REQUIRE(regs.sp == from->sp || regs.sp % 4 == 0);
	REQUIRE(((regs.xpsr ^ from->xpsr) & ~(THUMB_XPSR_IT | THUMB_XPSR_T)) == 0);
	REQUIRE(memcmp(&regs.exc_return, &from->exc_return,
	               sizeof regs - offsetof(struct thumb_regs, exc_return)) == 0);
}

/* A predicate that is false: on to the next instruction, and nothing else. */
static void skip(const struct fuzz_case *c, const struct tl_regs *tl_from)
{
	const struct thumb_regs *from = (const struct thumb_regs *)tl_from;
	struct thumb_regs regs = *from;

	if (c->isa->skip(&c->insn, (struct tl_regs *)&regs)) {
		REQUIRE(regs.pc == from->pc + c->insn.len && from->xpsr & THUMB_XPSR_IT);
		REQUIRE(((regs.xpsr ^ from->xpsr) & ~THUMB_XPSR_IT) == 0);
		regs.pc = from->pc;
		regs.xpsr = from->xpsr;
	}
	REQUIRE(memcmp(&regs, from, sizeof regs) == 0);
}

static void settle(const struct fuzz_case *c, struct tl_regs *tl_regs)
{
	struct thumb_regs *regs = thumb_regs(tl_regs);

	regs->pc = (uint32_t)c->text.addr;
	regs->sp &= ~3u;
}

const struct fuzz_arch fuzz_arch = {
        .isas = isas,
        .nisas = sizeof isas / sizeof *isas,
        .own = 1,
        .regs = sizeof(struct thumb_regs),
        .settle = settle,
        .verdict = verdict,
        .slot = build_slot,
        .simulate = simulate,
        .skip = skip,
};
_Static_assert(sizeof(struct thumb_regs) <= FUZZ_REGS, "registers");
