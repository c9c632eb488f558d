/* SPDX-License-Identifier: MIT */
/*
 * Runs the slot of a rewritten instruction as the core would, to be held against simulate(). What
 * reads or writes the PC is simulated itself; besides, such slots have ADD with an immediate, and
 * loads of what a register points to.
 */
#ifndef A64_SLOT_H
#define A64_SLOT_H

#include "aarch64/a64.h"

static inline bool a64_slot_step(uint32_t bits, struct a64_regs *regs, tl_read_fn *read)
{
	enum { ADD = 0x91000000, LDR_W = 0xb9400000u, LDRSW = 0xb9800000u, LDR_X = 0xf9400000u };
	unsigned d = bits & 31, n = bits >> 5 & 31;
	uint32_t immediate = bits >> 10 & 0xfff, op = bits & 0xffc00000;
	uint64_t value = 0;

	if (d == 31 || n == 31)
		return false;
	if (op == ADD)
		value = regs->r[n] + immediate;
	else if (immediate || (op != LDR_W && op != LDRSW && op != LDR_X) ||
	         read(regs->r[n], &value, op == LDR_X ? 8 : 4))
		return false;
	regs->r[d] = op == LDRSW ? (uint64_t)(int64_t)(int32_t)value : value;
	regs->pc += 4;
	return true;
}

/* From the slot's start until the PC is out of it. False: it has what should not be there, or does
 * not leave. */
static inline bool a64_run_slot(const struct tl_isa *isa, const uint8_t *slot, uintptr_t at,
                                struct a64_regs *regs, tl_read_fn *read)
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
		} else if (!a64_slot_step(insn.bits, regs, read)) {
			return false;
		}
	}
	return true;
}

#endif
