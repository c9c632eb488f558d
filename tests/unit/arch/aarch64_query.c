/* SPDX-License-Identifier: MIT */
/*
 * AArch64 for isa_query.h. Where simulate() knows an instruction: from each state that state()
 * makes, where it goes on, and the registers that changed: <next>[,<register>=<value>...]. If it
 * has a slot that holds it rewritten, that is run from there, too, and aborts if it does anything
 * else.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aarch64/a64.h"
#include "aarch64_slot.h"
#include "error.h"
#include "isa_query.h"

const struct tl_isa *const query_isas[] = {&a64_v8a, NULL};

/* Memory is a function of its address, which test_aarch64.py has, too. */
static int read_memory(uintptr_t addr, void *to, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++, addr++)
		((uint8_t *)to)[i] = (uint8_t)(addr * 31 + (addr >> 8) * 17);
	return 0;
}

/* All flags, and four kinds of registers, which test_aarch64.py makes, too: all 0; rising; falling
 * from -1; scattered. */
static struct a64_regs state(unsigned n, uintptr_t pc)
{
	struct a64_regs regs = {.pc = pc, .cpsr = (uintptr_t)n << 28 | 5};

	for (uint64_t x = 0; x < 32; x++) {
		const uint64_t values[] = {0, x * 0x01010101, -x, x * 0x9e3779b97f4a7c15 ^ x << 31};

		regs.r[x] = values[n % 4];
	}
	return regs;
}

/* From near by, where little can be in the way, and from the ends of reach. */
static void check_rewritten(const struct tl_isa *isa, const struct tl_insn *insn,
                            const struct a64_regs *from, const struct a64_regs *simulated)
{
	static const uintptr_t away[] = {0x1000, 0x7f00000, (uintptr_t)0 - 0x7f00000};
	bool none = (insn->bits & 31) == 31 || insn->op == A64_BLR || insn->op == A64_B ||
	            insn->op == A64_BL || insn->op == A64_ADRP;

	for (unsigned i = 0; i < sizeof away / sizeof *away; i++) {
		uintptr_t slot = from->pc + away[i];
		struct a64_regs run = *from;
		uint8_t out[A64_SLOT_SIZE];
		int error = isa->slot_build(isa, insn, from->pc, slot, true, read_memory, out);

		if (error && (error != -TL_EINSN || (!i && !none)))
			abort();
		if (simulated->pc - slot < isa->slot_size)
			continue; /* no text is there */
		if (!error && (!a64_run_slot(isa, out, slot, &run, read_memory) ||
		               memcmp(&run, simulated, sizeof run)))
			abort();
	}
}

void query_details(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr,
                   bool simulates)
{
	if (insn->op == A64_SLOT) /* SVC, which leaves, too */
		return;
	for (unsigned n = 0; n < 16 && simulates; n++) {
		struct a64_regs regs = state(n, addr), before = regs;
		struct tl_sim_fault fault;

		if (isa->simulate(insn, (struct tl_regs *)&regs, read_memory, &fault))
			abort();
		if (insn->verdict == TL_SIMULATE)
			check_rewritten(isa, insn, &before, &regs);
		printf(" %jx", (uintmax_t)regs.pc);
		for (unsigned x = 0; x < A64_NCORE; x++)
			if (x != 32 && regs.r[x] != before.r[x])
				printf(",%u=%jx", x, (uintmax_t)regs.r[x]);
	}
}
