/* SPDX-License-Identifier: MIT */
/*
 * What has to hold for RISC-V: see fuzz_isa.h. Own bytes of an input: how far behind the
 * instruction its slot is, signed, in halfwords.
 */
#include <stdlib.h>
#include <string.h>

#include "../unit/arch/riscv_slot.h"
#include "error.h"
#include "fuzz_isa.h"
#include "riscv/riscv.h"

static const struct tl_isa *const isas[] = {&riscv_rv32, &riscv_rv64, &riscv_rv32s, &riscv_rv64s};

enum { OWN = 3, REACH = 1 << 20 };

static int read_memory(uintptr_t addr, void *to, unsigned bytes)
{
	(void)addr, (void)to, (void)bytes;
	REQUIRE(!"a read");
	return -TL_EFAULT;
}

static void verdict(const struct fuzz_case *c)
{
	const struct tl_insn *insn = &c->insn;
	struct tl_trap_use use = c->isa->trap_use(insn);

	if (!c->error) {
		REQUIRE(insn->len == 2 || insn->len == 4);
		REQUIRE(insn->bits == fuzz_word(c->text.bytes, insn->len));
		REQUIRE(!(insn->flags & ~(TL_INSN_LEAVES | TL_INSN_NO_TRAP)));
		REQUIRE(!insn->flags || insn->verdict == TL_SLOT);
	}
	REQUIRE(c->error || !use.reads || !(use.reads & ~RISCV_STATUS));
	REQUIRE(!use.returns || insn->op == TL_ETRAP);
}

/* Where a jal x0 goes on. */
static uintptr_t target_of(const struct tl_isa *isa, const uint8_t *code, uintptr_t at)
{
	struct tl_text text = {code, at, 0, 4};
	struct riscv_regs regs = {.pc = at}, before = regs;
	struct tl_sim_fault fault;
	struct tl_insn insn;

	REQUIRE(isa->decode(isa, &text, &insn) == 0 && insn.verdict == TL_SIMULATE &&
	        (insn.bits & 0xfff) == 0x6f);
	REQUIRE(isa->simulate(&insn, (struct tl_regs *)&regs, read_memory, &fault) == 0);
	before.pc = regs.pc;
	REQUIRE(memcmp(&regs, &before, sizeof regs) == 0);
	return regs.pc;
}

static uintptr_t slot_of(const struct fuzz_case *c)
{
	return c->text.addr + (uintptr_t)(((intptr_t)fuzz_word(c->own, OWN) - (1 << 23)) * 2);
}

/* A slot: within its size, the instruction in front, and behind it what was asked for, as far as a
 * jump reaches. */
static void build_slot(const struct fuzz_case *c)
{
	const struct tl_isa *isa = c->isa;
	const struct tl_text *text = &c->text;
	const struct tl_insn *insn = &c->insn;
	uintptr_t slot = slot_of(c);
	intptr_t away = (intptr_t)(text->addr - slot);
	bool reaches = away >= -REACH && away < REACH, leaves = insn->flags & TL_INSN_LEAVES;
	bool may_trap = !(insn->flags & TL_INSN_NO_TRAP);

	for (unsigned boosted = 0; boosted < 2; boosted++) {
		uint8_t *code = malloc(isa->slot_size); /* exactly as large as a slot */
		memset(code, boosted ? 0x55 : 0xaa, isa->slot_size);
		int at = isa->slot_build(isa, insn, text->addr, slot, boosted, read_memory, code);

		if (boosted && (reaches || leaves))
			REQUIRE(at == 0);
		else
			REQUIRE(at == (may_trap ? insn->len : -TL_EMASK));
		if (at >= 0)
			REQUIRE(memcmp(code, text->bytes, insn->len) == 0);
		if (at > 0 || (at == 0 && !reaches))
			REQUIRE(fuzz_word(code + insn->len, 2) == RISCV_BRK);
		if (at == 0 && reaches) {
			uintptr_t back = target_of(isa, code + insn->len, slot + insn->len),
			          to = text->addr + insn->len;
			REQUIRE(back == (isa->word == 4 ? (uint32_t)to : to));
		}
		free(code);
	}
}

/* Rewritten, it does from its slot what simulate() does, and is the same whatever is to follow. */
static void check_rewritten(const struct fuzz_case *c, const struct riscv_regs *from)
{
	const struct tl_isa *isa = c->isa;
	struct riscv_regs simulated = *from, run = *from;
	uintptr_t slot = isa->word == 4 ? (uint32_t)slot_of(c) : slot_of(c);
	struct tl_sim_fault fault;
	uint8_t *code[2];
	int error[2];

	for (unsigned i = 0; i < 2; i++) {
		code[i] = malloc(isa->slot_size);
		error[i] =
		        isa->slot_build(isa, &c->insn, c->text.addr, slot, i, read_memory, code[i]);
		REQUIRE(error[i] == 0 || error[i] == -TL_EINSN);
	}
	REQUIRE(error[0] == error[1]);
	if (!error[0]) {
		REQUIRE(!memcmp(code[0], code[1], isa->slot_size));
		REQUIRE(isa->simulate(&c->insn, (struct tl_regs *)&simulated, read_memory,
		                      &fault) == 0);
		bool wraps = (isa->word == 4 ? (uint32_t)(slot + isa->slot_size)
		                             : slot + isa->slot_size) < slot;

		/* No text is in a slot, and none lies across the end of the address space. */
		if (simulated.pc - slot >= isa->slot_size && !wraps) {
			REQUIRE(riscv_run_slot(isa, code[0], slot, &run, read_memory));
			REQUIRE(memcmp(&run, &simulated, sizeof run) == 0);
		}
	}
	free(code[0]);
	free(code[1]);
}

/* A simulation: the same each time, one register and the PC at most; nothing above what a register
 * holds. */
static void simulate(const struct fuzz_case *c, const struct tl_regs *tl_from)
{
	const struct tl_isa *isa = c->isa;
	const struct tl_insn *insn = &c->insn;
	const struct riscv_regs *from = (const struct riscv_regs *)(const void *)tl_from;
	struct riscv_regs regs = *from, again = *from;
	struct tl_sim_fault fault;
	unsigned changed = 0;

	if (insn->verdict == TL_SIMULATE)
		check_rewritten(c, from);
	REQUIRE(isa->simulate(insn, (struct tl_regs *)&regs, read_memory, &fault) == 0);
	REQUIRE(isa->simulate(insn, (struct tl_regs *)&again, read_memory, &fault) == 0);
	REQUIRE(memcmp(&regs, &again, sizeof regs) == 0);
	for (unsigned r = 0; r < 31; r++)
		changed += regs.r[r] != from->r[r];
	REQUIRE(changed <= !(insn->flags & TL_INSN_LEAVES));
	REQUIRE(regs.pc % 2 == 0);
	for (unsigned r = 0; r < 32 && isa->word == 4; r++)
		REQUIRE(regs.r[r] <= UINT32_MAX);
}

static void settle(const struct fuzz_case *c, struct tl_regs *tl_regs)
{
	struct riscv_regs *regs = riscv_regs(tl_regs);

	for (unsigned r = 0; r < RISCV_NCORE && c->isa->word == 4; r++)
		regs->r[r] = (uint32_t)regs->r[r];
	regs->pc = c->text.addr;
}

const struct fuzz_arch fuzz_arch = {
        .isas = isas,
        .nisas = sizeof isas / sizeof *isas,
        .own = OWN,
        .regs = sizeof(struct riscv_regs),
        .settle = settle,
        .verdict = verdict,
        .slot = build_slot,
        .simulate = simulate,
};
_Static_assert(sizeof(struct riscv_regs) <= FUZZ_REGS, "registers");
