/* SPDX-License-Identifier: MIT */
/*
 * Fronts: whose a probe is. The probe table and its state machine know a probe by the constant
 * struct of functions that its front gives it, and nothing else of who uses it.
 *
 * A front embeds a struct tl_probe, as its first member, in an object of its own. What its probes
 * need at a hit is asked when they are armed, not when they are hit.
 */
#ifndef TL_FRONT_H
#define TL_FRONT_H

#include "arch.h"
#include "trapline.h"

/* Of a tl_probe, or'ed. The upper ones are the front's, given to tl_probe_add(). */
enum tl_probe_state {
	TL_PROBE_REGISTERED = 1,
	TL_PROBE_ENABLED = 2,
	TL_PROBE_RETURN = 4,    /* it is there for the return of the function */
	TL_PROBE_JUMP = 8,      /* a jump is wanted, where that can be (jump.h) */
	TL_PROBE_COUNTED = 16,  /* of returns: `hits` is all that is to be done; */
	TL_PROBE_RECORDED = 32, /* the front's `record` is */
	TL_PROBE_FLASH = 64,    /* pages of flash may be written for it (flash.h) */
	TL_PROBE_WAITS = 128    /* registered, and at no point: its image is not there (image.h) */
};

/* What the enabled probes of a point need besides `hit`, or'ed. */
enum tl_need {
	TL_NEED_PRE = 1,   /* run() before the instruction, in the interrupted context */
	TL_NEED_POST = 2,  /* after it */
	TL_NEED_FAULT = 4, /* if it faults */
	/* Of a return probe: returned() in the context of the function. */
	TL_NEED_RETURNED = 8,
};

struct tl_point;

/* A hit that needs no more than one function, no registers saved, and the slot: where to resume,
   0: nothing has happened, it takes the usual way. In a trap, before registers are saved. */
typedef uintptr_t tl_direct_fn(uintptr_t pc, struct tl_look *look, struct tl_point *pt);

/*
 * Functions may be NULL, where nothing is said: then there is nothing to do. Context, if nothing
 * else is said: in a trap, or with interrupts locked out.
 */
struct tl_front {
#if TL_GDB
	const char *name; /* of its probes, in lists */
#endif
	/* All hits, where `hits` is not that. Any context. */
	uint32_t (*count)(const struct tl_probe *p);
	/* A hit goes to tl_stops (stops.h), where memory can be read: a debugger's. */
	bool stops;
	/* What the probe needs, enum tl_need or'ed. Any context. */
	unsigned (*needs)(const struct tl_probe *p);
	/* How a hit is served if this probe is alone at an address and needs nothing; NULL: the
	   usual way. */
	tl_direct_fn *(*direct)(const struct tl_probe *p);
	/* A hit; `regs` is NULL if it is missed. NULL: `hits` counts it. */
	void (*hit)(struct tl_probe *p, const struct tl_regs *regs);
	/* What the probe needs, one of enum tl_need, in the interrupted context, interrupts as they
	   were. `what`: of TL_NEED_FAULT an enum tl_cause; behind a watched access the value
	   before. True: it has set the context. */
	bool (*run)(struct tl_probe *p, struct tl_regs *regs, enum tl_need which, uintptr_t what);
	/* Required: what the probe is there for did not happen, so many times more. How often in
	   all. */
	uint32_t (*missed)(struct tl_probe *p, unsigned more);
	/* A call is hooked; true: it is not to be. In the interrupted context where TL_NEED_PRE. */
	bool (*entered)(struct tl_probe *p, struct tl_kretprobe_instance *in, struct tl_regs *regs);
	/* The function returns. With TL_NEED_RETURNED interrupts are as they were. */
	void (*returned)(struct tl_probe *p, struct tl_kretprobe_instance *in,
	                 struct tl_regs *regs);
	/* TL_PROBE_RECORDED: a return, without its registers: `*regs` is where those go, or NULL.
	   Returns `resume`. */
	uintptr_t (*record)(struct tl_probe *p, uintptr_t resume, uintptr_t **regs,
	                    uint32_t entry_time);
	/* Bytes are written where the probe's instruction is, with the probe alone at its address.
	   NULL: they must not be. Base level. 0 or -TL_E…. */
	int (*rewrite)(struct tl_probe *p, uintptr_t addr, const uint8_t *bytes, unsigned n);
	/* TL_PROBE_JUMP: why a jump will not do; NULL: it will. */
	const char *(*no_jump)(const struct tl_probe *p);
};

/* Who is told what becomes of probes, events of trapline.h; NULL: nobody. Of a probe that
 * was refused `front` is the one it was to have. Context: of what has caused it, interrupts as they
 * were. */
#if TL_EVENTS
typedef void tl_listener_fn(const struct tl_probe *, const struct tl_front *, uintptr_t addr,
                            enum tl_event, int error);
extern tl_listener_fn *tl_probe_listener;
#endif
#if TL_EVENTS
void tl_probe_tell(const struct tl_probe *p, const struct tl_front *front, uintptr_t addr,
                   enum tl_event event, int error);
#else
static inline void tl_probe_tell(const struct tl_probe *p, const struct tl_front *front,
                                 uintptr_t addr, enum tl_event event, int error)
{
	(void)p, (void)front, (void)addr, (void)event, (void)error;
}
#endif

#if TL_GDB
#define TL_FRONT_NAME(text) .name = text,
#else
#define TL_FRONT_NAME(text)
#endif

#endif
