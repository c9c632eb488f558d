/* SPDX-License-Identifier: MIT */
/*
 * Watches: probes of data. Each is a point of the table behind those that have an address in text;
 * what arms it is a comparator of the core (arch/watchpoint.h), which traps before an access.
 *
 *   trap ── the instruction, in a slot of its own ──► breakpoint ── hits, handlers ──► on
 *
 * Meanwhile comparators are held, or the step would trap again, and interrupts are kept out, so
 * that one slot is enough and nobody's access is passed over. In a trap, if nothing else is said.
 */
#ifndef TL_PROBE_WATCH_H
#define TL_PROBE_WATCH_H

#include "probe/table.h"

#if TL_WATCHES

/* For the table; with interrupts locked out, but for the check, which may read: not in a trap. Can
 * that be watched? The point that it has, or a free one, bound to it; NULL: there is none. */
int tl_watch_check(uintptr_t addr, unsigned bytes, unsigned access);
struct tl_point *tl_watch_point(uintptr_t addr, unsigned bytes, unsigned access);
int tl_watch_arm(struct tl_point *pt, enum tl_compare how);

/* Is it an access that a comparator has trapped? Then it is about to be stepped. False: no watch
 * has to do with it. */
bool tl_watch_trap(struct tl_regs *regs);
/* At the breakpoint behind it; or it has faulted: `regs` are as before. True: the access was one of
 * the agent's that may fault, and goes on. */
void tl_watch_stepped(struct tl_regs *regs);
bool tl_watch_faulted(struct tl_regs *regs);

/*
 * Up, to the state machine (trap.c). A hit of the probes on a watch; true: handlers are to run.
 * They are on their way, and the context goes on at `next` then; false: they are not, and have
 * missed it.
 */
bool tl_watch_hit(struct tl_point *pt, struct tl_regs *regs);
bool tl_watch_handlers(struct tl_point *pt, struct tl_regs *regs, uintptr_t was, uintptr_t next);

/* The value before the access that is being served, for fetch programs; false: none is, or nobody
 * knows. Outside of the trap it is told by who serves it: NULL for no more. */
bool tl_watch_was(uintptr_t *value);
void tl_watch_serve(const struct tl_point *pt, const uintptr_t *was);

/* Around a change of a debugger's watchpoints. */
static inline uintptr_t tl_watch_change(void)
{
	return tl_arch_lock();
}
static inline void tl_watch_changed(uintptr_t lock)
{
	tl_direct_settle();
	tl_arch_unlock(lock);
}

/* An access that cannot be stepped is passed by: comparators are held until tl_poll(). */
void tl_watch_pass(void);
void tl_watch_settle(void); /* from there */

#else

static inline int tl_watch_arm(struct tl_point *pt, enum tl_compare how)
{
	(void)pt, (void)how;
	return 0;
}
static inline bool tl_watch_trap(struct tl_regs *regs)
{
	(void)regs;
	return false;
}
static inline void tl_watch_stepped(struct tl_regs *regs)
{
	(void)regs;
}
static inline bool tl_watch_faulted(struct tl_regs *regs)
{
	(void)regs;
	return false;
}
static inline void tl_watch_settle(void)
{
}
static inline uintptr_t tl_watch_change(void)
{
	return 0;
}
static inline void tl_watch_changed(uintptr_t lock)
{
	(void)lock;
}

#endif

#endif
