/* SPDX-License-Identifier: MIT */
/*
 * Traps that become stops: the exits of the state machine to a debugger, which fills in tl_stops.
 * It may send a context from its trap to the dispatcher, on a stack of its own, and halt it there.
 * In a trap, if nothing else is said.
 */
#ifndef TL_STOPS_H
#define TL_STOPS_H

#include "debug.h"
#include "probe/dispatch.h"

struct tl_stops {
	/*
	 * The context stops. `pt`: the point that was hit, its instruction not yet run; or NULL.
	 * False: it does not.
	 */
	bool (*stop)(struct tl_point *pt, struct tl_regs *regs, enum tl_signal signal);
	/* A fault of the firmware's. False: it does not stop. */
	bool (*fault)(struct tl_regs *regs, unsigned cause);
	/* The agent's own breakpoint: who called it stops. False: it is another's. */
	bool (*broke_in)(struct tl_regs *regs);
	/* At an access that is watched; if that is in a slot, the instruction was probed, and the
	   hit counted. False: nothing is watched. */
	bool (*watched)(struct tl_regs *regs);
	/* The instruction of a point that is `stepped` has run. */
	void (*stepped)(const struct tl_point *pt, struct tl_regs *regs);
	/* In the dispatcher: until the context leaves, by a slot, or at its registers. What is
	   simulated is run there. */
	void (*run)(struct tl_dispatch *d, struct tl_regs *regs);
	void (*leave)(void); /* in the trap that ends that */
	/* Of a jump probe's hit: the upper end of the stack that is claimed for it, or NULL; then
	   what collects there does, and the stack is given back. Interrupts are locked out. */
	void *(*claim)(const struct tl_point *pt);
	void (*collect)(struct tl_point *pt, struct tl_regs *regs);
};
extern const struct tl_stops tl_stops; /* with TL_GDB only, as all that follows */

/* A context is on its way to a stop, or there; and what tl_arch_lock() returned for it. */
extern bool tl_halted;
extern uintptr_t tl_halt_lock;

static inline bool tl_is_halted(void)
{
	return TL_GDB && tl_halted;
}
/* At a point, its instruction not yet run. */
static inline bool tl_stop(struct tl_point *pt, struct tl_regs *regs)
{
	return TL_GDB && tl_stops.stop(pt, regs, TL_SIGNAL_TRAP);
}
static inline bool tl_stop_on_fault(struct tl_regs *regs, unsigned cause)
{
	return TL_GDB && tl_stops.fault(regs, cause);
}
static inline bool tl_stop_otherwise(struct tl_regs *regs)
{
	return TL_GDB && (tl_stops.broke_in(regs) || tl_stops.watched(regs));
}
/* Hardly ever somebody steps: that is looked at here. */
static inline void tl_stepped(const struct tl_point *pt, struct tl_regs *regs)
{
	if (TL_GDB && pt && pt->stepped)
		tl_stops.stepped(pt, regs);
}

#endif
