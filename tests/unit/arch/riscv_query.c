/* SPDX-License-Identifier: MIT */
/*
 * RISC-V for isa_query.h. Where simulate() knows an instruction: from each state that state()
 * makes, where it goes on, and the registers that changed: <next>[,<register>=<value>...]. If it
 * has a slot that holds it rewritten, that is run from there, too, and aborts if it does anything
 * else.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "isa_query.h"
#include "riscv/riscv.h"
#include "riscv_slot.h"

const struct tl_isa *const query_isas[] = {&riscv_rv32, &riscv_rv64, &riscv_rv32s, &riscv_rv64s,
                                           NULL};

static int read_nothing(uintptr_t addr, void *to, unsigned bytes)
{
	(void)addr, (void)to, (void)bytes;
	abort();
}

/* Four states, which test_riscv.py makes, too: all 0; rising; falling from -1; scattered. */
static uint64_t state(const struct tl_isa *isa, unsigned n, uint64_t x)
{
	const uint64_t values[] = {0, x * 0x01010101, -x, x * 0x9e3779b97f4a7c15 ^ x << 31};

	return isa->word == 4 ? (uint32_t)values[n] : values[n];
}

/* From a slot nearby it always can. */
static bool goes_near(const struct tl_insn *insn)
{
	return insn->op == RISCV_BRANCH || insn->op == RISCV_C_BZ || insn->op == RISCV_C_J ||
	       insn->op == RISCV_C_JAL;
}

/* Near, and just within reach of a jump back. */
static void check_rewritten(const struct tl_isa *isa, const struct tl_insn *insn,
                            const struct riscv_regs *from, const struct riscv_regs *simulated)
{
	static const uintptr_t away[] = {0x1000, 0xfe000, (uintptr_t)0 - 0xfe000};

	for (unsigned i = 0; i < sizeof away / sizeof *away; i++) {
		uintptr_t slot = from->pc + away[i];
		struct riscv_regs run = *from;
		uint8_t out[RISCV_SLOT_SIZE];
		int error;

		slot = isa->word == 4 ? (uint32_t)slot : slot;
		error = isa->slot_build(isa, insn, from->pc, slot, true, read_nothing, out);
		if (error && (error != -TL_EINSN || (!i && goes_near(insn))))
			abort();
		if (simulated->pc - slot < isa->slot_size)
			continue; /* no text is there */
		if (!error && (!riscv_run_slot(isa, out, slot, &run, read_nothing) ||
		               memcmp(&run, simulated, sizeof run)))
			abort();
	}
}

void query_details(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr,
                   bool simulates)
{
	for (unsigned n = 0; n < 4 && simulates; n++) {
		struct riscv_regs regs = {0}, before;
		struct tl_sim_fault fault;

		for (unsigned x = 1; x < 32; x++)
			regs.r[x - 1] = state(isa, n, x);
		regs.pc = addr;
		before = regs;
		if (isa->simulate(insn, (struct tl_regs *)&regs, read_nothing, &fault))
			abort();
		if (insn->verdict == TL_SIMULATE)
			check_rewritten(isa, insn, &before, &regs);
		printf(" %jx", (uintmax_t)regs.pc);
		for (unsigned x = 1; x < 32; x++)
			if (regs.r[x - 1] != before.r[x - 1])
				printf(",%u=%jx", x, (uintmax_t)regs.r[x - 1]);
	}
}
