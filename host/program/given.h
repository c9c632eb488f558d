/* SPDX-License-Identifier: MIT */
/*
 * What a thin agent (TL_DECODE=0) is given with a probe, since it decodes nothing: the
 * instruction's bytes, the breakpoint that replaces them, and the slot in which a copy of it runs.
 * From the ELF alone, by the same pure functions that other agents decode by.
 */
#ifndef HOST_GIVEN_H
#define HOST_GIVEN_H

#include "program/elf.h"

struct given {
	struct tl_insn insn;
	uint8_t text[4], breakpoint[4];
	unsigned nbreakpoint;
	uint8_t slot[TL_SLOT_MAX];
	unsigned nslot;
	bool boosted; /* nothing traps in the slot */
};

/*
 * For a probe at `addr`, whose slot is to be at `slot`. What other agents find out themselves, and
 * refuse whatever a host says, is refused here: 0, a value of errors.def, or E_NO_SLOT.
 */
unsigned given_build(const struct elf *, uint64_t addr, uint64_t slot, struct given *);

#endif
