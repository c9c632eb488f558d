/* SPDX-License-Identifier: MIT */
/*
 * What the agent asks of an architecture for watchpoints, GDB's (TL_GDB) and those of probes
 * (TL_WATCHES): part two of the porting guide, row watch.c. Comparators of data addresses trap
 * before the access is made. Everything is required; a core without comparators says so.
 */
#ifndef TL_WATCHPOINT_H
#define TL_WATCHPOINT_H

#include "arch.h"

enum tl_access {
	TL_ACCESS_NONE,
	TL_ACCESS_WRITE = 2,
	TL_ACCESS_READ,
	TL_ACCESS_ANY
}; /* the digit of GDB's Z packet */

/*
 * GDB's: an access to `addr` of the kind traps. TL_ENOSUP: the core has no comparators that could,
 * TL_EFULL, TL_EBUSY: a debugger that halts the core has them, TL_EINVAL: it cannot watch so many
 * bytes there. unwatch: TL_ACCESS_NONE for all. Not in a trap.
 */
int tl_arch_watch(enum tl_access kind, uintptr_t addr, unsigned bytes);
void tl_arch_unwatch(enum tl_access kind, uintptr_t addr);
/* While they are held no comparator of data traps, whosever it is. */
void tl_arch_watch_hold(bool hold);

/* With TL_WATCHES, those of probes: as tl_arch_compare() for text, and with the errors of
 * tl_arch_watch(). Interrupts are locked out. */
int tl_arch_watch_data(enum tl_access kind, uintptr_t addr, unsigned bytes, enum tl_compare how);
bool tl_arch_watching(void); /* has anybody a comparator of data? */

/*
 * In a trap: is it a comparator's, before the instruction at the PC makes its access? What that is,
 * and the instruction, which does the same wherever it runs. `kind` TL_ACCESS_NONE: what it
 * accesses is not known.
 */
struct tl_accessed {
	uintptr_t addr;
	unsigned bytes;
	uint8_t kind;   /* enum tl_access */
	bool exclusive; /* it begins or ends a sequence that a trap makes fail */
	struct tl_insn insn;
};
bool tl_arch_accessed(const struct tl_regs *regs, struct tl_accessed *a);

/* Of such a trap: which of the debugger's comparators is it? TL_ACCESS_NONE: it compares less than
 * it was asked to, and nothing watched is accessed. False: it has none that trap. */
bool tl_arch_watched(const struct tl_regs *regs, enum tl_access *kind, uintptr_t *addr);

/* With TL_WATCHES: was it tl_arch_read(), or another that may fault, whose access has faulted? Then
 * it goes on, and says so. In a trap. */
bool tl_arch_excused(struct tl_regs *regs);

/* Interrupts of any kind are kept out of a context that is resumed by a trap, whatever its own
 * masks, and let in again as they were, by a later trap. Does not nest. */
void tl_arch_keep_out(bool out);

/* Does one access of that kind to `addr` overlap the bytes? */
static inline bool tl_accesses(const struct tl_accessed *a, enum tl_access kind, uintptr_t addr,
                               unsigned bytes)
{
	bool both = a->kind == TL_ACCESS_ANY || kind == TL_ACCESS_ANY;

	return a->kind && (both || a->kind == kind) &&
	       a->addr - addr + a->bytes - 1 < bytes + a->bytes - 1;
}

#endif
