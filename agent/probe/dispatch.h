/* SPDX-License-Identifier: MIT */
/*
 * Contexts on their way through the dispatcher (arch.h), or with work left when they come back. A
 * struct tl_dispatch remembers what for, until the dispatcher's closing trap.
 */
#ifndef TL_DISPATCH_H
#define TL_DISPATCH_H

#include "probe/table.h"

enum tl_phase {
	TL_PHASE_FREE,
	TL_PHASE_BEFORE,   /* pre handlers; what cannot run in a slot; post handlers then */
	TL_PHASE_AFTER,    /* post handlers */
	TL_PHASE_FAULTED,  /* fault handlers */
	TL_PHASE_RETURNED, /* return handlers; `point` is NULL */
	TL_PHASE_HALTED,   /* a debugger (stops.h) */
	TL_PHASE_PASS_ON,  /* nothing runs: the point's slot faulted and no handler claimed it, so
	                    * its next fault is the firmware's
	                    */
};

enum tl_resume {
	TL_RESUME_AS_IS, /* at the registers as they are */
	TL_RESUME_SLOT,  /* into the point's slot */
	TL_RESUME_AGAIN, /* into the slot once more, TL_PHASE_PASS_ON */
	TL_RESUME_HALT,  /* at the point, for a debugger */
};

struct tl_dispatch {
	struct tl_regs *saved;
	struct tl_point *point;
	uintptr_t sp; /* of the interrupted context */
	uintptr_t key;
#if TL_WATCHES
	uintptr_t next; /* where the context goes on behind a watched access; 0: it made none */
	uintptr_t was;  /* and what was there before */
#endif
#if TL_BUDGET
	uint32_t begin; /* ticks, when its trap came */
#endif
	uint8_t phase, resume, cause;
	bool shared;
	bool handlers; /* false: nested, handlers stay out */
};

/* Memory for what is about to run in the context of `regs`, or NULL. In a trap, or with interrupts
 * locked out. */
struct tl_dispatch *tl_dispatch_open(const struct tl_regs *regs, enum tl_phase phase);
void tl_dispatch_free(struct tl_dispatch *d);
/* The one that runs on these saved registers, or NULL. */
struct tl_dispatch *tl_dispatch_of(const struct tl_regs *saved);
/* The innermost one that the context of `regs` was caused by, or NULL. */
struct tl_dispatch *tl_dispatch_enclosing(const struct tl_regs *regs);
/* The slot of `pt` runs once more. Forgets that its fault was to be passed on: it went through, or
 * the fault was. False: it was not. */
bool tl_dispatch_take_pass_on(const struct tl_point *pt, const struct tl_regs *regs);
#if TL_DECODE
void tl_dispatch_suspended(void); /* tl_suspended_in() (quiescent.h) for all of them */
void tl_trap_settle(void);        /* from tl_poll(): forgets what given-up contexts left */
#else                             /* there are none */
static inline void tl_dispatch_suspended(void)
{
}
static inline void tl_trap_settle(void)
{
}
#endif

#endif
