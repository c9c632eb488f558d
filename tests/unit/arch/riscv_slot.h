/* SPDX-License-Identifier: MIT */
/*
 * Runs the slot of a rewritten instruction as the core would, to be held against simulate(). What
 * reads or writes the PC is simulated itself; besides, such slots have ADDI alone.
 */
#ifndef RISCV_SLOT_H
#define RISCV_SLOT_H

#include "riscv/riscv.h"

static inline bool slot_step(const struct tl_isa *isa, uint32_t bits, struct riscv_regs *regs)
{
	unsigned d = bits >> 7 & 31, n = bits >> 15 & 31;
	uintptr_t value = n ? regs->r[n - 1] : 0;

	if ((bits & 0x707f) != 0x13)
		return false;
	value += (uintptr_t)(intptr_t)((int32_t)bits >> 20);
	if (d)
		regs->r[d - 1] = isa->word == 4 ? (uint32_t)value : value;
	regs->pc += 4;
	return true;
}

/* From the slot's start until the PC is out of it. False: it has what should not be there, or does
 * not leave. */
static inline bool riscv_run_slot(const struct tl_isa *isa, const uint8_t *slot, uintptr_t at,
                                  struct riscv_regs *regs, tl_read_fn *read)
{
	struct tl_sim_fault fault;
	struct tl_insn insn;

	regs->pc = at;
	for (unsigned steps = 0; regs->pc - at < isa->slot_size; steps++) {
		unsigned in = (unsigned)(regs->pc - at);
		struct tl_text text = {slot + in, regs->pc, 0, isa->slot_size - in};

		if (steps == 8 || isa->decode(isa, &text, &insn))
			return false;
		if (insn.verdict == TL_SIMULATE || insn.flags & TL_INSN_LEAVES) {
			if (isa->simulate(&insn, (struct tl_regs *)regs, read, &fault))
				return false;
		} else if (!slot_step(isa, insn.bits, regs)) {
			return false;
		}
	}
	return true;
}

#endif
