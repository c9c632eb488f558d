/* SPDX-License-Identifier: MIT */
/*
 * Runs the slot of a rewritten instruction as the core would, to be held against simulate(). What
 * reads or writes the PC is simulated itself; the few others that such slots have are done here.
 */
#ifndef THUMB_SLOT_H
#define THUMB_SLOT_H

#include <string.h>

#include "thumb/thumb.h"

static struct {
	const uint8_t *bytes;
	uint32_t at, size, stack; /* the stack pointer before: two words below it may be used */
	uint32_t below[2];
	bool pushed;
	tl_read_fn *read;
} slot_run;

static inline int slot_read(uintptr_t addr, void *to, unsigned n)
{
	uint32_t in_slot = (uint32_t)addr - slot_run.at,
	         in_stack = (uint32_t)addr - (slot_run.stack - 8);

	if (in_slot < slot_run.size && n <= slot_run.size - in_slot)
		memcpy(to, slot_run.bytes + in_slot, n);
	else if (slot_run.pushed && in_stack < 8 && n <= 8 - in_stack)
		memcpy(to, (const uint8_t *)slot_run.below + in_stack, n);
	else
		return slot_run.read(addr, to, n);
	return 0;
}

static inline void slot_store(uint32_t addr, uint32_t word)
{
	uint32_t at = addr - (slot_run.stack - 8);

	slot_run.pushed = true;
	if (at < 8)
		slot_run.below[at / 4] = word;
}

/* Loads of one register by another. False: it is none. */
static inline bool slot_load(uint32_t bits, struct thumb_regs *regs)
{
	uint32_t n = bits >> 16 & 15, t = bits >> 12 & 15, value = 0;
	unsigned size = 4;

	if ((bits & 0xffffffc0) == 0x6800) {
		n = bits >> 3 & 7;
		t = bits & 7;
	} else if ((bits & 0xfff000ff) == 0xe9d00000) {
		uint32_t words[2] = {0, 0};

		if (slot_read(regs->r[n], words, 8))
			return false;
		regs->r[t] = words[0];
		regs->r[bits >> 8 & 15] = words[1] & ((bits >> 8 & 15) == 13 ? ~3u : ~0u);
		return true;
	} else if ((bits & 0xfe900fff) == 0xf8900000) {
		size = 1u << (bits >> 21 & 3);
	} else {
		return false;
	}
	if (slot_read(regs->r[n], &value, size))
		return false;
	if (bits >> 16 && bits >> 24 & 1)
		value = size == 1 ? (uint32_t)(int8_t)value : (uint32_t)(int16_t)value;
	regs->r[t] = value;
	return true;
}

static inline bool slot_step(uint32_t bits, struct thumb_regs *regs)
{
	switch (bits) {
	case 0x4686: /* mov lr, r0 */
		regs->lr = regs->r0;
		return true;
	case 0xb401: /* push {r0} */
		regs->sp -= 4;
		slot_store(regs->sp, regs->r0);
		return true;
	case 0xb403: /* push {r0, r1} */
		regs->sp -= 8;
		slot_store(regs->sp, regs->r0);
		slot_store(regs->sp + 4, regs->r1);
		return true;
	case 0xbc01: /* pop {r0} */
		regs->sp += 4;
		return !slot_read(regs->sp - 4, &regs->r0, 4);
	case 0x9001: /* str r0, [sp, #4] */
		slot_store(regs->sp + 4, regs->r0);
		return true;
	}
	return slot_load(bits, regs);
}

/* From the slot's start until the PC is out of it. False: it has what should not be there, or does
 * not leave. */
static inline bool thumb_run_slot(const struct tl_isa *isa, const uint8_t *slot, uint32_t at,
                                  struct thumb_regs *regs, tl_read_fn *read)
{
	struct tl_sim_fault fault;
	struct tl_insn insn;

	slot_run.bytes = slot;
	slot_run.at = at;
	slot_run.size = isa->slot_size;
	slot_run.stack = regs->sp;
	slot_run.read = read;
	slot_run.pushed = false;
	regs->pc = at;
	for (unsigned steps = 0; regs->pc - at < isa->slot_size; steps++) {
		uint32_t in = regs->pc - at;
		struct tl_text text = {slot + in, regs->pc, 0, isa->slot_size - in};

		if (steps == 8 || isa->decode(isa, &text, &insn))
			return false;
		if (insn.verdict == TL_SIMULATE || insn.flags & TL_INSN_LEAVES) {
			if (isa->simulate(&insn, (struct tl_regs *)regs, slot_read, &fault))
				return false;
		} else if (slot_step(insn.bits, regs)) {
			thumb_pass(&insn, (struct tl_regs *)regs);
		} else {
			return false;
		}
	}
	return true;
}

#endif
