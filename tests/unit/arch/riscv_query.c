/* SPDX-License-Identifier: MIT */
/*
 * RISC-V for isa_query.h. Where simulate() knows an instruction: from each state that state()
 * makes, where it goes on, and the registers that changed: <next>[,<register>=<value>...].
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "isa_query.h"
#include "riscv/riscv.h"

const struct tl_isa *const query_isas[] = {&riscv_rv32, &riscv_rv64, NULL};

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

void query_details(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr,
                   bool simulates)
{
	for (unsigned n = 0; n < 4 && simulates; n++) {
		struct riscv_regs regs, before;
		struct tl_sim_fault fault;

		for (unsigned x = 1; x < 32; x++)
			regs.r[x - 1] = state(isa, n, x);
		regs.pc = addr;
		before = regs;
		if (isa->simulate(insn, (struct tl_regs *)&regs, read_nothing, &fault))
			abort();
		printf(" %jx", (uintmax_t)regs.pc);
		for (unsigned x = 1; x < 32; x++)
			if (regs.r[x - 1] != before.r[x - 1])
				printf(",%u=%jx", x, (uintmax_t)regs.r[x - 1]);
	}
}
