/* SPDX-License-Identifier: MIT */
/*
 * What the table needs to know of an instruction: its verdict and flags, its breakpoint, its slot.
 * It is decoded here. A thin agent (TL_DECODE=0) takes it from the host that adds the probe, which
 * has decoded it, and only compares it with the text.
 */
#ifndef TL_PROBE_DECODE_H
#define TL_PROBE_DECODE_H

#include "arch.h"
#include "trapline.h"

struct tl_point;

/* By a host, for the probe that it adds. The instruction's `bits` are the bytes of its breakpoint,
 * and `op` is their number. */
struct tl_given {
	uintptr_t addr, slot; /* where `code` runs */
	struct tl_insn insn;
	bool boosted;    /* nothing traps in it */
	uint8_t text[4]; /* what is to stand at `addr` */
	uint8_t code[TL_SLOT_SIZE];
};

/* With TL_DECODE=0 only, while a probe is being added; else NULL. Base level. */
extern const struct tl_given *tl_given;

/* Is the slot there that the host has built for? Of an instruction that tl_decode() knew. */
static inline bool tl_slot_fits(uintptr_t slot)
{
	return TL_DECODE || tl_given->slot == slot;
}

/* 0 or -TL_E…; `returns`: may its return be hooked, too? Not in a trap. */
int tl_decode(uintptr_t addr, bool returns, struct tl_insn *insn);
/* What is patched over it; how many bytes. Any context. */
unsigned tl_breakpoint(const struct tl_insn *insn, uint8_t *out);
/*
 * The point's slot, at `slot`, into `code` as tl_isa.slot_build writes it: 0, `*boosted` says
 * whether nothing traps in it; -TL_E…; TL_SLOT_STAYS: as it is, for nobody has given another.
 */
enum { TL_SLOT_STAYS = 1 };
int tl_slot(const struct tl_point *pt, uintptr_t slot, bool *boosted, uint8_t *code);

#endif
