/* SPDX-License-Identifier: MIT */
/*
 * The one probe table: points, which are probed addresses, and the probes on them. Every front ends
 * here. With interrupts locked out, if nothing else is said.
 */
#ifndef TL_TABLE_H
#define TL_TABLE_H

#include "probe/front.h"

/* What makes it trap: what is in the text. */
enum tl_armed {
	TL_ARMED_NOT,
	TL_ARMED_BREAK,      /* a breakpoint */
	TL_ARMED_JUMP,       /* a jump to the point's pad (jump.h) */
	TL_ARMED_COMPARATOR, /* the firmware's own: the core compares the address (arm.h) */
	TL_ARMED_WATCH,      /* no text: the core compares addresses of data (watch.h) */
	TL_ARMED_FLASH,      /* a breakpoint, in a page that was written for it (flash.h) */
};

enum tl_point_state {
	TL_POINT_FREE,
	TL_POINT_LIVE,
	/* No probes left, but a suspended context may sit in its slot: bound to its address. */
	TL_POINT_RETIRED,
};

/* A probed address. Its slot is tl_slots[its index]. 32 bytes on a 32-bit target, so that an index
 * is a shift away. */
struct tl_point {
	uintptr_t go; /* where a hit resumes: the slot, or 0: simulate */
	uintptr_t addr;
	struct tl_probe *probes; /* in order of registration, those for the return last */
	tl_direct_fn *direct;    /* serves a hit; NULL: the usual way */
	struct tl_insn insn;
	uint8_t text[4];  /* what the breakpoint or jump replaced */
	uint8_t state;    /* enum tl_point_state */
	uint8_t needs;    /* of its enabled probes, enum tl_need */
	uint8_t armed;    /* enum tl_armed */
	bool returns : 1; /* an enabled probe hooks the return */
	bool boosted : 1; /* nothing traps in its slot */
	bool stops : 1;   /* an enabled probe is of a front that stops: a hit goes to tl_stops */
	bool stepped : 1; /* its slot must come back: a debugger steps its instruction */
	bool bared : 1;   /* disarmed: the firmware's fault handler finds its own text there */
	bool flash : 1;   /* a probe is of those for which pages of flash may be written; */
	bool quiet : 1;   /* its breakpoint is in flash, and what hits it is no hit */
	bool over : 1;    /* disarmed: over the budget (budget.h) */
} __attribute__((aligned(8 * sizeof(uintptr_t))));

/* Places of the map: the power of two from 2 * TL_POINTS on, so that it is at most half full. */
enum {
	TL_MAP_1 = 2 * TL_POINTS - 1,
	TL_MAP_2 = TL_MAP_1 | TL_MAP_1 >> 1,
	TL_MAP_4 = TL_MAP_2 | TL_MAP_2 >> 2,
	TL_MAP_8 = TL_MAP_4 | TL_MAP_4 >> 4,
	TL_MAP = (TL_MAP_8 | TL_MAP_8 >> 8) + 1,
};

/* All that a hit looks at first, in one place: one address to load. */
struct tl_table {
	TL_POINT_INDEX map[TL_MAP]; /* open addressing: index + 1, 0 ends a search */
	volatile uint8_t running;   /* dispatches under way (dispatch.h) */
#if TL_BUDGET
	uint32_t gate;     /* looks to the next closer one (look.c); 1 while dispatches run */
	uint8_t gate_kept; /* of the time before those */
#endif
	/* The last are no probed addresses: they lend their slots to a debugger's steps, or are
	   watched data (watch.h). */
	struct tl_point points[TL_POINTS + TL_STEPS + TL_WATCHES];
};

extern struct tl_table tl_table;

static inline unsigned tl_point_hash(uintptr_t addr)
{
	return (unsigned)((addr ^ addr >> 7) >> 1);
}

struct tl_point *tl_point_search(uintptr_t addr); /* past the first place */

/* The point at an address, live or retired, or NULL. Any context. */
static inline struct tl_point *tl_point_find(uintptr_t addr)
{
	unsigned i = tl_table.map[tl_point_hash(addr) % TL_MAP];
	struct tl_point *pt;

	if (!i)
		return 0;
	pt = &tl_table.points[i - 1];
	return pt->addr == addr ? pt : tl_point_search(addr);
}

/* Which slot the `at`-th byte of all slots is in. Multiplies, since some cores do not divide. */
static inline unsigned tl_slot_at(uintptr_t at)
{
	enum { WORDS = TL_SLOT_SIZE / 4, SHIFT = 18 };

	if (!(WORDS & (WORDS - 1)))
		return (unsigned)(at / TL_SLOT_SIZE);
	return (unsigned)((uint32_t)(at / 4) * ((1u << SHIFT) / WORDS + 1) >> SHIFT);
}

/* The point whose slot holds `pc`, or NULL. */
static inline struct tl_point *tl_point_of_slot(uintptr_t pc)
{
	uintptr_t at = pc - (uintptr_t)tl_slots;

	return at < sizeof tl_slots ? &tl_table.points[tl_slot_at(at)] : 0;
}

/* Does a comparator trap, or does anything at the instruction's own address? */
static inline bool tl_point_compared(const struct tl_point *pt)
{
	return TL_COMPARATORS && pt->armed == TL_ARMED_COMPARATOR;
}
static inline bool tl_point_in_flash(const struct tl_point *pt)
{
	return TL_FLASH && pt->armed == TL_ARMED_FLASH;
}
static inline bool tl_point_quiet(const struct tl_point *pt)
{
	return TL_FLASH && pt->quiet;
}
static inline bool tl_point_traps(const struct tl_point *pt)
{
	return pt->armed == TL_ARMED_BREAK || tl_point_in_flash(pt) || tl_point_compared(pt);
}

/* Is it data that is watched? Its `addr` is that of the data. */
static inline bool tl_is_watch(const struct tl_point *pt)
{
	return TL_WATCHES && pt >= tl_table.points + TL_POINTS + TL_STEPS;
}

/* The same as the two, where no hit waits for it. */
struct tl_point *tl_point_at(uintptr_t addr);
struct tl_point *tl_point_inside(uintptr_t pc);

static inline uint8_t *tl_slot_of(const struct tl_point *pt)
{
	return tl_slots[pt - tl_table.points];
}

/* The point of a probe that is registered, or was last. */
static inline struct tl_point *tl_point_of(const struct tl_probe *p)
{
	return &tl_table.points[p->point];
}

/* Is it registered, and waits for the place that it is to have? It has no point. */
static inline bool tl_probe_waits(const struct tl_probe *p)
{
	return TL_IMAGES && p->state & TL_PROBE_WAITS;
}

/* The point for `addr`: the one it has, or another one, bound to it and retired as yet. 0, or
 * -TL_ESLOT, -TL_EFULL: there is none; -TL_EMOVED: a host has built for another slot. */
int tl_point_bind(uintptr_t addr, struct tl_point **out);
void tl_point_free(struct tl_point *pt); /* one that nobody has been in */
unsigned tl_points_in(enum tl_point_state state);
static inline unsigned tl_points_used(void)
{
	return tl_points_in(TL_POINT_LIVE);
}

/* Where code is that a pointer leads to: bit 0 is no part of an address where instructions are
 * wider than a byte. Any context. */
static inline uintptr_t tl_code_address(uintptr_t pointer)
{
	return tl_arch_isa->insn_align > 1 ? pointer & ~(uintptr_t)1 : pointer;
}

/* ---- probes; any context, privileged, but within a trap ---- */

/* Is that a place for one, whatever stands there? 0 or -TL_E…. */
int tl_place_check(uintptr_t addr);
/* With TL_DECODE=0: the slot that a probe there would run in. 0 or -TL_E…. */
int tl_slot_for(uintptr_t addr, uintptr_t *slot);
/* Would one be accepted? 0 or -TL_E…, as tl_register_kprobe() says. */
int tl_probe_check(uintptr_t addr, bool returns, struct tl_insn *insn);
/*
 * Registers at `addr`, and arms unless `disabled`. `state`: the front's part of enum
 * tl_probe_state. What `p` has for `room` stays; the rest of it is set. 0 or -TL_E…, as
 * tl_register_kprobe(); then nothing has changed.
 */
int tl_probe_add(struct tl_probe *p, const struct tl_front *front, uintptr_t addr, unsigned state,
                 bool disabled);
/* The same of data, whose point is pt->addr: as tl_register_watch() says. */
int tl_watch_add(struct tl_probe *p, const struct tl_front *front, uintptr_t addr, unsigned bytes,
                 unsigned access, bool disabled);
/* As tl_unregister_kprobe(), tl_enable_kprobe() and tl_disable_kprobe(). */
int tl_probe_remove(struct tl_probe *p);
int tl_probe_enable(struct tl_probe *p, bool enabled);
/* What the enabled probe needs, enum tl_need. Any context. */
unsigned tl_probe_needs(const struct tl_probe *p);
/* Works out anew what a live point needs, and arms it so. 0 or -TL_E…. Interrupts locked out. */
int tl_point_settle(struct tl_point *pt);

/*
 * Somebody has a comparator of data, or nobody has any more: meanwhile there are no direct hits.
 * One that reads what is watched would trap before what the trap overwrites is saved. With
 * interrupts locked out; with TL_WATCHES only.
 */
void tl_direct_settle(void);

/* ---- steps ---- */

/* How a point's instruction is stepped, as hosts are told; and how one would be that is not probed
 * yet, or -TL_E…. */
enum tl_step { TL_STEP_BOOSTED, TL_STEP_SLOT, TL_STEP_SIMULATED, TL_STEP_WATCH };
enum tl_step tl_point_step(const struct tl_point *pt);
int tl_insn_step(uintptr_t addr, const struct tl_insn *insn);
/* To be told with it: that a comparator traps, not a breakpoint; that the breakpoint is in flash;
 * and that its page is not written. */
enum {
	TL_STEP_COMPARATOR = 4,
	TL_STEP_FLASH = 8,
	TL_STEP_PENDING = 16,
	TL_STEP_WAITS = 32, /* its image is not there */
	TL_STEP_OVER = 64,  /* it is off: over the budget */
};
static inline unsigned tl_point_how(const struct tl_point *pt)
{
	unsigned how = tl_point_step(pt) | (tl_point_compared(pt) ? TL_STEP_COMPARATOR : 0u);

	if (pt->over)
		how |= TL_STEP_OVER;
	if (tl_point_in_flash(pt))
		how |= TL_STEP_FLASH;
	else if (TL_FLASH && pt->flash && !pt->armed)
		how |= TL_STEP_FLASH | TL_STEP_PENDING;
	return how;
}

/*
 * A debugger's steps. The instruction at `addr` decoded, whatever is there (`own`: be it the
 * agent's). In a point of its own, whose slot nobody is in; NULL and -TL_E…: it cannot be stepped,
 * or there is no such point. The slot of one with probes made to come back, or to be as usual. At
 * base level: nobody is in a slot.
 */
int tl_step_decode(uintptr_t addr, bool own, struct tl_insn *insn);
struct tl_point *tl_step_point(uintptr_t addr, const struct tl_insn *insn, int *err);
void tl_point_step_to_stop(struct tl_point *pt, bool stop);
void tl_step_settle(void);
/* Somebody goes into the slot of a point that is no probed address, or has come out of it. */
static inline void tl_step_enter(struct tl_point *pt, bool inside)
{
	if (TL_STEPS && pt >= tl_table.points + TL_POINTS && !tl_is_watch(pt))
		pt->state = inside ? TL_POINT_LIVE : TL_POINT_FREE;
}

/* ---- everything at once; any context ---- */

enum tl_hold { TL_HOLD_USER = 1, TL_HOLD_FAULT = 2 }; /* why everything is disarmed, or'ed */
void tl_hold(enum tl_hold why);
void tl_release(enum tl_hold why);
bool tl_held(void);
/* Until the next tl_poll() the point's text is the firmware's: it goes to its own handler for a
 * fault there. In a trap. */
void tl_bare(struct tl_point *pt);
void tl_bare_settle(void);

#endif
