/* SPDX-License-Identifier: MIT */
/*
 * What has to hold for AArch64: see fuzz_isa.h. Own bytes of an input: how far behind the
 * instruction its slot is, signed, in units of 256 bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "../unit/arch/aarch64_slot.h"
#include "aarch64/a64.h"
#include "error.h"
#include "fuzz_isa.h"

static const struct tl_isa *const isas[] = {&a64_v8a};

enum { OWN = 3, REACH = 1 << 27, LITERAL_REACH = 1 << 20 };

/* Memory is a function of its address. */
static int read_memory(uintptr_t addr, void *to, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		((uint8_t *)to)[i] = (uint8_t)fuzz_hash(addr + i);
	return 0;
}

static bool is_literal_in_slot(const struct tl_insn *insn)
{
	return insn->verdict == TL_SLOT &&
	       (insn->op == A64_FP_LITERAL || insn->op == A64_PRFM_LITERAL);
}

static void verdict(const struct fuzz_case *c)
{
	const struct tl_insn *insn = &c->insn;
	struct tl_trap_use use = c->isa->trap_use(insn);
	struct a64_use registers = a64_use_of(insn->bits);

	if (!c->error) {
		REQUIRE(insn->len == 4 && insn->bits == fuzz_word(c->text.bytes, 4));
		REQUIRE(!(insn->flags & ~(TL_INSN_LEAVES | TL_INSN_NO_TRAP | TL_INSN_LOADS)));
		REQUIRE(!(insn->flags & ~TL_INSN_LOADS) || insn->verdict == TL_SLOT);
	}
	REQUIRE(c->error || !use.reads);
	REQUIRE(!use.returns || insn->op == TL_ETRAP);
	REQUIRE(!registers.keeps || registers.reads >> A64_LR & 1);
	REQUIRE(!registers.fetches || registers.writes >> A64_LR & 1);
}

static uintptr_t slot_of(const struct fuzz_case *c)
{
	return c->text.addr + (uintptr_t)(((intptr_t)fuzz_word(c->own, OWN) - (1 << 23)) * 256);
}

/* Where a B goes on. */
static uintptr_t target_of(const uint8_t *code, uintptr_t at)
{
	struct tl_insn insn = {.bits = fuzz_word(code, 4), .op = A64_B, .len = 4};

	REQUIRE(insn.bits >> 26 == 5);
	return at + (uintptr_t)(intptr_t)a64_offset(&insn);
}

static uintptr_t literal_of(const struct tl_insn *insn, uint32_t bits, uintptr_t at)
{
	struct tl_insn there = *insn;

	there.bits = bits;
	return at + (uintptr_t)(intptr_t)a64_offset(&there);
}

/* A slot: within its size, the instruction in front, and behind it what was asked for, as far as a
 * jump reaches. */
static void build_slot(const struct fuzz_case *c)
{
	const struct tl_insn *insn = &c->insn;
	uintptr_t slot = slot_of(c), addr = c->text.addr;
	intptr_t away = (intptr_t)(addr - slot);
	bool reaches = away >= -REACH && away < REACH, leaves = insn->flags & TL_INSN_LEAVES;
	bool may_trap = !(insn->flags & TL_INSN_NO_TRAP), literal = is_literal_in_slot(insn);

	for (unsigned boosted = 0; boosted < 2; boosted++) {
		uint8_t *code = malloc(A64_SLOT_SIZE); /* exactly as large as a slot */
		memset(code, boosted ? 0x55 : 0xaa, A64_SLOT_SIZE);
		int at = c->isa->slot_build(c->isa, insn, addr, slot, boosted, read_memory, code);
		uint32_t first = fuzz_word(code, 4);

		if (literal && at == -TL_EINSN) {
			intptr_t off = (intptr_t)(literal_of(insn, insn->bits, addr) - slot);

			REQUIRE(insn->op == A64_FP_LITERAL);
			REQUIRE(off < -LITERAL_REACH || off >= LITERAL_REACH);
		} else if (boosted && (reaches || leaves)) {
			REQUIRE(at == 0);
		} else {
			REQUIRE(at == (may_trap ? 4 : -TL_EMASK));
		}
		if (at >= 0 && !literal)
			REQUIRE(first == insn->bits);
		else if (at >= 0 && first != 0xd503201f) /* a prefetch that is left out */
			REQUIRE(literal_of(insn, first, slot) ==
			        literal_of(insn, insn->bits, addr));
		if (at > 0 || (at == 0 && leaves))
			REQUIRE(fuzz_word(code + 4, 4) == A64_BRK(A64_BRK_OF_SLOT));
		else if (at == 0)
			REQUIRE(target_of(code + 4, slot + 4) == addr + 4);
		free(code);
	}
}

/* Rewritten, it does from its slot what simulate() does, and is the same whatever is to follow. */
static void check_rewritten(const struct fuzz_case *c, const struct a64_regs *from)
{
	struct a64_regs simulated = *from, run = *from;
	uintptr_t slot = slot_of(c);
	struct tl_sim_fault fault;
	uint8_t *code[2];
	int error[2];

	for (unsigned i = 0; i < 2; i++) {
		code[i] = malloc(A64_SLOT_SIZE);
		error[i] = c->isa->slot_build(c->isa, &c->insn, c->text.addr, slot, i, read_memory,
		                              code[i]);
		REQUIRE(error[i] == 0 || error[i] == -TL_EINSN);
	}
	REQUIRE(error[0] == error[1]);
	if (!error[0]) {
		REQUIRE(!memcmp(code[0], code[1], A64_SLOT_SIZE));
		REQUIRE(c->isa->simulate(&c->insn, (struct tl_regs *)&simulated, read_memory,
		                         &fault) == 0);
		/* No text is in a slot, and none lies across the end of the address space. */
		if (simulated.pc - slot >= A64_SLOT_SIZE && slot + A64_SLOT_SIZE > slot) {
			REQUIRE(a64_run_slot(c->isa, code[0], slot, &run, read_memory));
			REQUIRE(memcmp(&run, &simulated, sizeof run) == 0);
		}
	}
	free(code[0]);
	free(code[1]);
}

/* A simulation: the same each time, one register and the PC at most. */
static void simulate(const struct fuzz_case *c, const struct tl_regs *tl_from)
{
	const struct tl_insn *insn = &c->insn;
	const struct a64_regs *from = a64_regs_of(tl_from);
	struct a64_regs regs = *from, again = *from;
	struct tl_sim_fault fault;
	unsigned changed = 0;

	if (insn->verdict == TL_SIMULATE)
		check_rewritten(c, from);
	REQUIRE(c->isa->simulate(insn, (struct tl_regs *)&regs, read_memory, &fault) == 0);
	REQUIRE(c->isa->simulate(insn, (struct tl_regs *)&again, read_memory, &fault) == 0);
	REQUIRE(memcmp(&regs, &again, sizeof regs) == 0);
	for (unsigned r = 0; r < 31; r++)
		changed += regs.r[r] != from->r[r];
	REQUIRE(changed <= !(insn->flags & TL_INSN_LEAVES));
	REQUIRE(regs.sp == from->sp && regs.cpsr == from->cpsr);
}

static void settle(const struct fuzz_case *c, struct tl_regs *tl_regs)
{
	struct a64_regs *regs = a64_regs(tl_regs);

	regs->pc = c->text.addr;
	regs->cpsr &= ~(uintptr_t)(3 << 10); /* BTYPE: no instruction is behind a jump */
}

const struct fuzz_arch fuzz_arch = {
        .isas = isas,
        .nisas = sizeof isas / sizeof *isas,
        .own = OWN,
        .regs = sizeof(struct a64_regs),
        .settle = settle,
        .verdict = verdict,
        .slot = build_slot,
        .simulate = simulate,
};
_Static_assert(sizeof(struct a64_regs) <= FUZZ_REGS, "registers");
