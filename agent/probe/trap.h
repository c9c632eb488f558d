/* SPDX-License-Identifier: MIT */
/*
 * The state machine (trap.c) and its exits to GDB (trap_halt.c), each for the other. In a trap, if
 * nothing else is said.
 */
#ifndef TL_TRAP_H
#define TL_TRAP_H

#include "gdb/gdb.h"
#include "probe/dispatch.h"

static inline uintptr_t tl_pc(const struct tl_regs *regs)
{
	return tl_core_of(regs)[TL_REG_PC];
}

static inline void tl_set_pc(struct tl_regs *regs, uintptr_t pc)
{
	tl_core(regs)[TL_REG_PC] = pc;
}

/* ---- trap.c ---- */

/* Runs the dispatched instruction here, by simulation; memory may fault. In the dispatcher. */
void tl_simulate_here(struct tl_dispatch *d, struct tl_regs *regs);
/* May the instruction run in its slot, with what must follow it? A slot that is left for good
 * cannot be followed. */
bool tl_uses_slot(const struct tl_point *pt, bool handlers);
/*
 * A fault at the slot's first instruction is that of the displaced one. One behind it comes late
 * (an imprecise bus error, a call to the supervisor that could not be taken): the step is done.
 * True: the former.
 */
bool tl_leave_slot(struct tl_point *pt, struct tl_regs *regs);

/* ---- trap_halt.c ---- */

#if TL_GDB
/*
 * The context goes to tl_halt(), on the agent's own stack. `pt`: the point that was hit, its
 * instruction not yet run; or NULL. False: it does not halt.
 */
bool tl_trap_halt(struct tl_point *pt, struct tl_regs *regs, enum tl_signal signal);
bool tl_trap_halt_on_fault(struct tl_regs *regs, unsigned cause);
/* The agent's own breakpoint: who called it halts. */
bool tl_trap_broke_in(struct tl_regs *regs);
/* At an access that is watched; if that is in a slot, the instruction was probed, and the hit
 * counted. */
bool tl_trap_on_watch(struct tl_regs *regs);
/* The instruction of `pt` has run: was that a step, of GDB's or of a tracepoint? */
void tl_stepped(const struct tl_point *pt, struct tl_regs *regs);
/* In the dispatcher: until the context leaves, by a slot, or at its registers. What is simulated is
 * run here. */
void tl_run_halted(struct tl_dispatch *d, struct tl_regs *regs);
void tl_trap_leave_halt(void);
#else
static inline bool tl_trap_halt(struct tl_point *pt, struct tl_regs *regs, enum tl_signal signal)
{
	(void)pt, (void)regs, (void)signal;
	return false;
}
static inline bool tl_trap_halt_on_fault(struct tl_regs *regs, unsigned cause)
{
	(void)regs, (void)cause;
	return false;
}
static inline bool tl_trap_broke_in(struct tl_regs *regs)
{
	(void)regs;
	return false;
}
static inline bool tl_trap_on_watch(struct tl_regs *regs)
{
	(void)regs;
	return false;
}
static inline void tl_stepped(const struct tl_point *pt, struct tl_regs *regs)
{
	(void)pt, (void)regs;
}
static inline void tl_trap_leave_halt(void)
{
}
#endif

#endif
