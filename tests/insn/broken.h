/* SPDX-License-Identifier: MIT */
/*
 * Deliberate breakages of an architecture's pure half, to show that the proof can fail: see insn.h.
 * The linker leads what the agent calls through broken_<arch>.c (--wrap), so that the agent itself
 * knows nothing of it.
 */
#ifndef INSN_BROKEN_H
#define INSN_BROKEN_H

#include "insn.h"

enum slot_breakage {
	SLOT_SOUND,
	SLOT_HALF,     /* it loses the second halfword of the instruction */
	SLOT_BACK_FAR, /* it goes back a halfword too far on */
	SLOT_BOOSTED,  /* it never ends in a breakpoint */
	SLOT_LITERAL,  /* it has another literal: the architecture's own to do, as what follows */
	SLOT_OTHER,    /* rewritten: it has another target, value or literal's address */
	SLOT_NEXT      /* rewritten: it goes on, or returns, a halfword too far on */
};

struct did; /* the architecture's own: what a simulation did, to be spoilt */

/* Each shows on the row that is named by mask and match, if that is not refused. */
struct breakage {
	const char *what;
	uint32_t mask, match;
	void (*spoil)(struct did *);
	enum slot_breakage slot;
	uint8_t word;  /* of ISAs with registers of so many bytes; 0: any */
	bool needs_it; /* it shows under predicates only: of ISAs that have them */
	bool always_slot, never_decodes, traps_behind, never_skips;
	bool always_decodes; /* on a row that is refused */
};

/* What an architecture gives, and how many. */
extern const struct breakage breakages[];
extern const unsigned nbreakages;

/* The one that is asked for; if none is, one that breaks nothing. */
const struct breakage *breakage(void);

/* What the wrappers of tl_isa's functions do: decode() with what it returned, slot_build() with the
 * function itself. */
int broken_decode(int error, struct tl_insn *insn);
typedef int slot_build_fn(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr,
                          uintptr_t slot, bool boosted, tl_read_fn *read, uint8_t *out);
int broken_slot_build(slot_build_fn *real, const struct tl_isa *isa, const struct tl_insn *insn,
                      uintptr_t addr, uintptr_t slot, bool boosted, tl_read_fn *read, uint8_t *out);

#endif
