/* SPDX-License-Identifier: MIT */
/*
 * The one probe table: the probes on its points. All fronts, the C API and packets, end here. Which
 * point an address has is in points.c.
 *
 * Arming decides everything: decode, slot, lookup table, patch (arm.c). A point is published
 * before it is patched, and its text restored before it is retired. Changes are made with
 * interrupts locked out, so a trap sees a point either as it was or as it is.
 */
#include "probe/table.h"

#include "base/util.h"
#include "probe/arm.h"
#include "probe/budget.h"
#include "probe/decode.h"
#include "probe/flash.h"
#include "probe/guard.h"
#include "probe/quiescent.h"
#include "probe/returns.h"
#include "probe/text.h"
#include "probe/watch.h"
#include "watchpoint.h"

TL_RAM(".bss");

uint8_t tl_slots[TL_SLOTS][TL_SLOT_SIZE] __attribute__((aligned(16), section(".bss.tl_slots")));
struct tl_table tl_table;

static uint8_t held; /* enum tl_hold */
static bool bared;   /* a point is */

_Static_assert(TL_POINTS >= 1 && TL_POINTS <= 4096, "TL_POINTS");
_Static_assert(TL_SLOT_SIZE % 4 == 0 && TL_SLOT_SIZE <= TL_SLOT_MAX, "TL_SLOT_SIZE");
_Static_assert(TL_MAP >= 2 * TL_POINTS && (TL_MAP & (TL_MAP - 1)) == 0, "TL_MAP");

/* ---- what may be probed ---- */

/* Would `n` bytes at `addr` and a probed instruction there cut each other? Both start at the same
 * address, or do not overlap. */
static bool cuts_a_point(uintptr_t addr, uintptr_t n)
{
	const struct tl_point *pt = tl_point_overlapping(addr, n);

	return pt && pt->addr != addr;
}

int tl_place_check(uintptr_t addr)
{
	int err;

	if (!tl_arch_executable(addr))
		return -TL_ETEXT;
	if (tl_agents_own(addr) || tl_point_inside(addr))
		return -TL_ENOPROBE;
	err = tl_guard_check(addr);
	if (err)
		return err;
	return addr & (tl_arch_isa->insn_align - 1u) || cuts_a_point(addr, 1) ? -TL_EALIGN : 0;
}

int tl_probe_check(uintptr_t addr, bool returns, struct tl_insn *insn)
{
	int err = tl_place_check(addr);

	if (!err)
		err = tl_decode(addr, returns, insn);
	return !err && cuts_a_point(addr, insn->len) ? -TL_EALIGN : err;
}

/* ---- what a point needs, and how it is stepped ---- */

/* Is something to run behind the instruction? */
static bool follows(const struct tl_point *pt)
{
	return pt->stepped || pt->needs & (TL_NEED_POST | TL_NEED_FAULT);
}

enum tl_step tl_point_step(const struct tl_point *pt)
{
	if (tl_is_watch(pt))
		return TL_STEP_WATCH;
	if (!pt->go || (pt->insn.verdict == TL_SIMULATE && follows(pt)))
		return TL_STEP_SIMULATED;
	return pt->boosted ? TL_STEP_BOOSTED : TL_STEP_SLOT;
}

#if TL_DECODE
int tl_insn_step(uintptr_t addr, const struct tl_insn *insn)
{
	uint8_t code[TL_SLOT_SIZE];
	int at;

	at = tl_arch_isa->slot_build(tl_arch_isa, insn, addr, (uintptr_t)tl_slots, true,
	                             tl_arch_read, code);
	if (insn->verdict == TL_SIMULATE)
		return at ? TL_STEP_SIMULATED : TL_STEP_BOOSTED;
	if (at < 0)
		return at;
	return at || insn->flags & TL_INSN_PREDICATED ? TL_STEP_SLOT : TL_STEP_BOOSTED;
}
#endif

unsigned tl_probe_needs(const struct tl_probe *p)
{
	unsigned needs = p->front->needs ? p->front->needs(p) : 0;

	/* An entry has a time, which may not be asked for in a trap. */
	return p->state & TL_PROBE_RETURN && tl_ticks_opaque ? needs | TL_NEED_PRE : needs;
}

/* What the enabled probes of a point need; true if there is one. */
static bool find_needs(struct tl_point *pt)
{
	bool any = false;

	pt->needs = 0;
	pt->returns = pt->stops = pt->flash = false;
	for (const struct tl_probe *p = pt->probes; p; p = p->next) {
		if (TL_FLASH && p->state & TL_PROBE_FLASH)
			pt->flash = true;
		if (!(p->state & TL_PROBE_ENABLED))
			continue;
		any = true;
		if (p->state & TL_PROBE_RETURN) {
			pt->returns = true;
			tl_return_use();
		}
		pt->stops |= p->front->stops;
		pt->needs |= (uint8_t)(tl_probe_needs(p) & ~TL_NEED_RETURNED);
	}
	return any;
}

/*
 * The slot, rebuilt where it is: a context suspended in it stands either at its first instruction,
 * which is the same, or at the second, where a jump back and a breakpoint lead to the same place.
 * One that holds a rewritten instruction never changes: where something must follow, it is not
 * used.
 */
static int build_slot(struct tl_point *pt)
{
	uint8_t *slot = tl_slot_of(pt), code[TL_SLOT_SIZE];
	bool rewritten = pt->insn.verdict == TL_SIMULATE;
	bool boosted = !follows(pt) && !(pt->insn.flags & TL_INSN_PREDICATED);
	int err;

	tl_zero(code, sizeof code);
	err = tl_slot(pt, (uintptr_t)slot, &boosted, code);
	if (err == TL_SLOT_STAYS)
		return 0;
	pt->go = 0;
	if (err)
		return rewritten ? 0 : err;
	if (!tl_same(code, slot, sizeof code))
		for (unsigned i = 0; i < sizeof code; i += 4)
			if (tl_write_text((uintptr_t)slot + i, code + i, 4) && TL_WRITE_TEXT)
				return rewritten ? 0 : -TL_EROM;
	pt->go = (uintptr_t)slot;
	pt->boosted = boosted;
	return 0;
}

static uintptr_t hook_return(uintptr_t pc, struct tl_look *look, struct tl_point *pt)
{
	(void)pc;
	return tl_arch_hook(pt->go, look, pt->probes);
}

/* One probe, enabled, that needs nothing, and a slot that is always used: the commonest case. */
static tl_direct_fn *direct_of(const struct tl_point *pt)
{
	const struct tl_probe *p = pt->probes;

	if (!p || !pt->armed || !pt->go || pt->needs || pt->stepped || p->next ||
	    pt->insn.flags & (TL_INSN_PREDICATED | TL_INSN_CALLS) || !p->front->direct ||
	    (TL_FLASH && pt->quiet))
		return 0;
#if TL_WATCHES
	if (tl_arch_watching() || !(p->state & TL_PROBE_ENABLED))
		return 0;
#endif
	return TL_RETURN && pt->returns ? hook_return : p->front->direct(p);
}

int tl_point_settle(struct tl_point *pt)
{
	bool any = find_needs(pt);
	enum tl_compare how;
	int err, armed;

	pt->direct = 0;
	err = tl_is_watch(pt) ? 0 : build_slot(pt);
	how = !any                                   ? TL_COMPARE_OFF
	      : held || pt->bared || pt->over || err ? TL_COMPARE_HELD
	                                             : TL_COMPARE_ON;
	armed = tl_arm(pt, how);
	pt->direct = direct_of(pt);
	return err ? err : armed;
}

#if TL_WATCHES
void tl_direct_settle(void)
{
	for (struct tl_point *pt = tl_table.points; pt < tl_table.points + TL_POINTS; pt++)
		if (pt->state == TL_POINT_LIVE)
			pt->direct = direct_of(pt);
}
#endif

/* ---- GDB's steps ---- */

#if TL_GDB
void tl_point_step_to_stop(struct tl_point *pt, bool stop)
{
	uintptr_t lock = tl_arch_lock();

	if (pt < tl_table.points + TL_POINTS) {
		pt->stepped = stop;
		tl_point_settle(pt);
	}
	tl_arch_unlock(lock);
}

int tl_step_decode(uintptr_t addr, bool own, struct tl_insn *insn)
{
	uint8_t window[TL_WINDOW_MAX];
	struct tl_text text;
	int err;

	tl_zero(insn, sizeof *insn);
	err = tl_agents_own(addr) && !own ? -TL_ENOPROBE : tl_read_window(addr, window, &text);

	return err ? err : tl_arch_isa->decode(tl_arch_isa, &text, insn);
}

struct tl_point *tl_step_point(uintptr_t addr, const struct tl_insn *insn, int *err)
{
	struct tl_point *pt = tl_table.points + TL_POINTS;

	while (pt < tl_table.points + TL_POINTS + TL_STEPS && pt->state != TL_POINT_FREE)
		pt++;
	*err = insn->flags & TL_INSN_CALLS ? -TL_EMASK : -TL_ESLOT;
	if (*err == -TL_EMASK || pt == tl_table.points + TL_POINTS + TL_STEPS)
		return 0;
	tl_zero(pt, sizeof *pt);
	pt->addr = addr;
	pt->stepped = true;
	tl_copy(&pt->insn, insn, sizeof *insn);
	*err = build_slot(pt);
	return *err ? 0 : pt;
}

void tl_step_settle(void)
{
	for (unsigned i = TL_POINTS; i < TL_POINTS + TL_STEPS; i++)
		tl_table.points[i].state = TL_POINT_FREE;
}
#endif

/* ---- everything at once ---- */

bool tl_held(void)
{
	return held;
}

static void settle_all(void)
{
	enum { WATCHES = TL_POINTS + TL_STEPS };

	for (struct tl_point *pt = tl_table.points; pt < tl_table.points + TL_POINTS; pt++)
		if (pt->state == TL_POINT_LIVE) {
			if (!bared)
				pt->bared = false;
			tl_point_settle(pt);
		}
	for (unsigned i = WATCHES; i < WATCHES + TL_WATCHES; i++)
		if (tl_table.points[i].state == TL_POINT_LIVE)
			tl_point_settle(&tl_table.points[i]);
}

void tl_bare(struct tl_point *pt)
{
	pt->bared = bared = true;
	tl_flash_back(pt);
	tl_point_settle(pt);
}

void tl_bare_settle(void)
{
	uintptr_t lock;

	if (!bared)
		return;
	lock = tl_arch_lock();
	bared = false;
	settle_all();
	tl_arch_unlock(lock);
}

void tl_hold(enum tl_hold why)
{
	uintptr_t lock = tl_arch_lock();

	held |= why;
	if (why == TL_HOLD_FAULT)
		tl_flash_all_back();
	settle_all();
	tl_arch_unlock(lock);
}

void tl_release(enum tl_hold why)
{
	uintptr_t lock;

	if (!(held & why))
		return;
	lock = tl_arch_lock();
	held &= (uint8_t)~why;
	settle_all();
	tl_arch_unlock(lock);
}

/* ---- probes ---- */

/* In order of registration, return probes after the others: those see the real return address. */
static void link_probe(struct tl_point *pt, struct tl_probe *p)
{
	struct tl_probe **at = &pt->probes;

	while (*at && ((*at)->state & TL_PROBE_RETURN) <= (p->state & TL_PROBE_RETURN))
		at = &(*at)->next;
	p->next = *at;
	p->point = (TL_POINT_INDEX)(pt - tl_table.points);
	*at = p;
}

static void unlink_probe(struct tl_point *pt, const struct tl_probe *p)
{
	struct tl_probe **at = &pt->probes;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
}

/* Could it be served there, as the instruction is? */
static bool may_need(const struct tl_insn *insn, unsigned needs)
{
	if (insn->flags & TL_INSN_NO_TRAP && insn->flags & TL_INSN_PREDICATED)
		return false;
	return !(insn->flags & (TL_INSN_NO_TRAP | TL_INSN_CALLS) &&
	         needs & (TL_NEED_POST | TL_NEED_FAULT));
}

/* It would wait for a page that nobody writes for its sake. */
static bool in_vain(const struct tl_point *pt, const struct tl_probe *p)
{
	return TL_FLASH && pt->flash && !pt->armed &&
	       (p->state & (TL_PROBE_ENABLED | TL_PROBE_FLASH)) == TL_PROBE_ENABLED;
}

/* Of a point that is live; undone if it cannot be armed. */
static int attach_to(struct tl_point *pt, struct tl_probe *p)
{
	int err;

	link_probe(pt, p);
	pt->over = false;
#if TL_BUDGET
	if (!tl_table.gate) /* as it is before the first one */
		tl_table.gate = TL_GATE;
#endif
	err = tl_point_settle(pt);
	if (!err && in_vain(pt, p))
		err = -TL_EROM;
	if (err) {
		unlink_probe(pt, p);
		tl_point_settle(pt);
		if (!pt->probes)
			pt->state = TL_POINT_RETIRED;
	}
	return err;
}

/* With interrupts locked out: publish, then patch; undone if the text does not take it. */
static int attach(struct tl_probe *p, uintptr_t addr, const struct tl_insn *insn)
{
	bool fresh = !tl_point_at(addr);
	struct tl_point *pt;
	int err = cuts_a_point(addr, insn->len)
	                  ? -TL_EALIGN
	                  : tl_point_bind(addr, &pt); /* an interrupt may have been faster */

	if (err)
		return err;
	if (pt->state != TL_POINT_LIVE) {
		tl_copy(&pt->insn, insn, sizeof *insn);
		if (!pt->armed && tl_arch_read(addr, pt->text, insn->len))
			return -TL_ETEXT;
		pt->state = TL_POINT_LIVE;
		pt->bared = false;
	}
	err = attach_to(pt, p);
	if (err && fresh && !pt->armed) /* nothing has been in its slot */
		tl_point_free(pt);
	return err;
}

/* Flash is written only where text is in it, and has not been served otherwise. */
static int may_flash(uintptr_t addr, unsigned len, unsigned *state)
{
#if TL_FLASH
	const struct tl_point *pt = tl_point_at(addr);
	bool served = pt && pt->state == TL_POINT_LIVE && !pt->flash && !tl_point_in_flash(pt);
	int may = *state & TL_PROBE_FLASH && !served ? tl_flash_may(addr, len) : 0;

	if (may <= 0)
		*state &= ~(unsigned)TL_PROBE_FLASH;
	return may < 0 ? may : 0;
#else
	(void)addr, (void)len, (void)state;
	return 0;
#endif
}

static int add(struct tl_probe *p, const struct tl_front *front, uintptr_t addr, unsigned state,
               bool disabled)
{
	const struct tl_front *was = p->front;
	struct tl_insn insn;
	uintptr_t lock;
	int err;

	if (p->state & TL_PROBE_REGISTERED)
		return -TL_EBUSY;
	if (!addr)
		return -TL_EINVAL;
	err = tl_probe_check(addr, state & TL_PROBE_RETURN, &insn);
	if (!err)
		err = may_flash(addr, insn.len, &state);
	if (err)
		return err;
	lock = tl_arch_lock();
	p->front = front;
	p->hits = 0;
	p->state = (uint8_t)(state | TL_PROBE_REGISTERED | (disabled ? 0 : TL_PROBE_ENABLED));
	err = may_need(&insn, front->needs ? front->needs(p) : 0) ? attach(p, addr, &insn)
	                                                          : -TL_EMASK;
	if (err) {
		p->front = was;
		p->state = 0;
	}
	tl_arch_unlock(lock);
	return err;
}

#if TL_EVENTS
void tl_probe_tell(const struct tl_probe *p, const struct tl_front *front, uintptr_t addr,
                   enum tl_event event, int error)
{
	if (tl_probe_listener)
		tl_probe_listener(p, front, addr, event, error);
}
#endif

/* What became of it, if that is news. */
static int told(const struct tl_probe *p, const struct tl_front *front, uintptr_t addr, int err,
                bool disabled)
{
	if (err || !disabled)
		tl_probe_tell(p, front, addr, err ? TL_EVENT_REFUSED : TL_EVENT_ENABLED, err);
	return err;
}

int tl_probe_add(struct tl_probe *p, const struct tl_front *front, uintptr_t addr, unsigned state,
                 bool disabled)
{
	return told(p, front, addr, add(p, front, addr, state, disabled), disabled);
}

#if TL_WATCHES
static int attach_watch(struct tl_probe *p, uintptr_t addr, unsigned bytes, unsigned access)
{
	struct tl_point *pt = tl_watch_point(addr, bytes, access);
	int err = pt ? attach_to(pt, p) : -TL_EFULL;

	if (pt && pt->state == TL_POINT_RETIRED)
		pt->state = TL_POINT_FREE; /* nobody is ever in its slot */
	return err;
}

static int add_watch(struct tl_probe *p, const struct tl_front *front, uintptr_t addr,
                     unsigned bytes, unsigned access, bool disabled)
{
	const struct tl_front *was = p->front;
	uintptr_t lock;
	int err;

	if (p->state & TL_PROBE_REGISTERED)
		return -TL_EBUSY;
	err = tl_watch_check(addr, bytes, access);
	if (err)
		return err;
	lock = tl_arch_lock();
	p->front = front;
	p->hits = 0;
	p->state = TL_PROBE_REGISTERED | (disabled ? 0 : TL_PROBE_ENABLED);
	err = attach_watch(p, addr, bytes, access);
	if (err) {
		p->front = was;
		p->state = 0;
	}
	tl_arch_unlock(lock);
	return err;
}

int tl_watch_add(struct tl_probe *p, const struct tl_front *front, uintptr_t addr, unsigned bytes,
                 unsigned access, bool disabled)
{
	return told(p, front, addr, add_watch(p, front, addr, bytes, access, disabled), disabled);
}
#endif

static int detach(struct tl_probe *p)
{
	bool returned = p->state & TL_PROBE_RETURN || p->front->returned;
	struct tl_point *pt = tl_point_of(p);
	int err;

	p->state = 0;
	unlink_probe(pt, p);
	err = tl_point_settle(pt);
	if (returned)
		tl_return_forget(p);
	if (!pt->probes && tl_is_watch(pt)) {
		pt->state = TL_POINT_FREE;
	} else if (!pt->probes) {
		pt->state = TL_POINT_RETIRED;
		tl_points_retire = true;
	}
	return err;
}

int tl_probe_remove(struct tl_probe *p)
{
	uintptr_t lock = tl_arch_lock(), at = tl_probe_waits(p) ? 0 : tl_point_of(p)->addr;
	int err = p->state & TL_PROBE_REGISTERED ? 0 : -TL_ENOENT;

	if (tl_probe_waits(p))
		p->state = 0;
	else if (!err)
		err = detach(p);
	tl_arch_unlock(lock);
	if (err != -TL_ENOENT)
		tl_probe_tell(p, p->front, at, TL_EVENT_GONE, 0);
	return err;
}

static int switch_to(struct tl_probe *p, bool enabled)
{
	struct tl_point *pt = tl_point_of(p);
	uint8_t was = p->state;
	int err;

	p->state = (uint8_t)(enabled ? was | TL_PROBE_ENABLED : was & ~TL_PROBE_ENABLED);
	if (tl_probe_waits(p))
		return 0;
	if (!enabled && was & TL_PROBE_RETURN)
		tl_return_disable(p);
	if (enabled)
		pt->over = false;
	err = tl_point_settle(pt);
	if (!err && in_vain(pt, p))
		err = -TL_EROM;
	if (err) {
		p->state = was;
		tl_point_settle(pt);
	}
	return err;
}

int tl_probe_enable(struct tl_probe *p, bool enabled)
{
	uintptr_t lock = tl_arch_lock();
	int err = p->state & TL_PROBE_REGISTERED ? switch_to(p, enabled) : -TL_ENOENT;

	tl_arch_unlock(lock);
	if (err != -TL_ENOENT && (enabled || !err) && !tl_probe_waits(p))
		tl_probe_tell(p, p->front, tl_point_of(p)->addr,
		              err       ? TL_EVENT_REFUSED
		              : enabled ? TL_EVENT_ENABLED
		                        : TL_EVENT_DISABLED,
		              err);
	return err;
}
