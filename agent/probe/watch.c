/* SPDX-License-Identifier: MIT */
/*
 * Watches: see watch.h.
 *
 * What is no hit is stepped all the same: accesses of the agent's own and of what it runs in traps,
 * which may be amid a record, and what a comparator sees too much.
 */
#include "probe/watch.h"

#include "base/clock.h"
#include "base/util.h"
#include "probe/budget.h"
#include "probe/guard.h"
#include "probe/regs.h"
#include "probe/text.h"
#include "probe/trap.h"
#include "watchpoint.h"

TL_RAM(".bss");

#if TL_WATCHES

_Static_assert(TL_WATCHES >= 1 && TL_WATCHES <= 32 && TL_DECODE, "TL_WATCHES");

enum { FIRST = TL_POINTS + TL_STEPS };

/* Of the points behind FIRST. */
static struct watched {
	uintptr_t was; /* before the access that is stepped */
	uint8_t bytes, access;
	bool device; /* not read, to see what is there */
	bool due;    /* a hit, once the access is made */
} watched[TL_WATCHES];

/* The access that is stepped: one, since interrupts are kept out. */
static uintptr_t from; /* its instruction, perhaps in a slot */
static uintptr_t who;  /* as the firmware knows it */
static uintptr_t next; /* behind it */

static bool passing; /* comparators are held until tl_poll() */

static inline struct watched *watched_of(const struct tl_point *pt)
{
	return &watched[pt - tl_table.points - FIRST];
}

static inline struct tl_point *point(unsigned i)
{
	return &tl_table.points[FIRST + i];
}

/* ---- for the table ---- */

static enum tl_access kind_of(const struct watched *w)
{
	static const uint8_t kinds[] = {[TL_WATCH_WRITE] = TL_ACCESS_WRITE,
	                                [TL_WATCH_READ] = TL_ACCESS_READ,
	                                [TL_WATCH_WRITE | TL_WATCH_READ] = TL_ACCESS_ANY};

	return (enum tl_access)kinds[w->access];
}

static bool is_device(uintptr_t addr)
{
	const struct tl_region *r = tl_port.memory;

	while (r && r->length && addr - r->start >= r->length)
		r++;
	return r ? !r->length || r->rom == TL_DEVICE : !tl_arch_executable(addr);
}

int tl_watch_check(uintptr_t addr, unsigned bytes, unsigned access)
{
	uintptr_t value;

	if (!bytes || bytes & (bytes - 1) || bytes > sizeof value || addr & (bytes - 1) ||
	    !access || access > (TL_WATCH_WRITE | TL_WATCH_READ))
		return -TL_EINVAL;
	if (tl_agents_ram(addr, bytes))
		return -TL_ENOPROBE;
	return !is_device(addr) && tl_arch_read(addr, &value, bytes) ? -TL_EFAULT : 0;
}

struct tl_point *tl_watch_point(uintptr_t addr, unsigned bytes, unsigned access)
{
	struct tl_point *free = 0;

	for (unsigned i = 0; i < TL_WATCHES; i++) {
		struct tl_point *pt = point(i);

		if (pt->state == TL_POINT_FREE)
			free = pt;
		else if (pt->addr == addr && watched[i].bytes == bytes &&
		         watched[i].access == access)
			return pt;
	}
	if (!free)
		return 0;
	tl_zero(free, sizeof *free);
	free->addr = addr;
	free->state = TL_POINT_LIVE;
	free->go = (uintptr_t)tl_slots[FIRST]; /* so it is followed */
	*watched_of(free) = (struct watched){
	        .bytes = (uint8_t)bytes, .access = (uint8_t)access, .device = is_device(addr)};
	return free;
}

/* Disarmed for a while it keeps its comparator, so that it can be armed again. */
int tl_watch_arm(struct tl_point *pt, enum tl_compare how)
{
	const struct watched *w = watched_of(pt);
	int err = tl_arch_watch_data(kind_of(w), pt->addr, w->bytes, how);

	if (err)
		return err;
	pt->armed = how == TL_COMPARE_ON ? TL_ARMED_WATCH : TL_ARMED_NOT;
	tl_direct_settle();
	return 0;
}

/* ---- values ---- */

static uintptr_t value_at(uintptr_t addr, unsigned bytes)
{
	switch (bytes) {
	case 1:
		return *(const volatile uint8_t *)addr;
	case 2:
		return *(const volatile uint16_t *)addr;
	case 4:
		return *(const volatile uint32_t *)addr;
	default:
		return *(const volatile uintptr_t *)addr;
	}
}

static const uintptr_t *served;

bool tl_watch_was(uintptr_t *value)
{
	if (served)
		*value = *served;
	return served;
}

void tl_watch_serve(const struct tl_point *pt, const uintptr_t *was)
{
	served = was && !watched_of(pt)->device ? was : 0;
}

/* ---- hits ---- */

/* Which watches the access hits: if it is the agent's, none. */
static void find_due(const struct tl_accessed *a, bool own)
{
	for (unsigned i = 0; i < TL_WATCHES; i++) {
		struct watched *w = &watched[i];

		w->due = point(i)->armed && !own &&
		         tl_accesses(a, kind_of(w), point(i)->addr, w->bytes);
	}
}

static void miss_due(void)
{
	for (unsigned i = 0; i < TL_WATCHES; i++)
		for (struct tl_probe *p = watched[i].due ? point(i)->probes : 0; p; p = p->next)
			if (p->state & TL_PROBE_ENABLED) {
				if (p->front->hit)
					p->front->hit(p, 0);
				else
					p->hits++;
				tl_miss(p);
			}
}

/* Is it a debugger's? It sees to the step. */
static bool is_debuggers(const struct tl_regs *regs)
{
	enum tl_access kind;
	uintptr_t addr;

	return TL_GDB && tl_arch_watched(regs, &kind, &addr) && kind;
}

static bool is_agents(uintptr_t pc)
{
	return tl_agents_own(pc) || tl_guard_runs(pc);
}

static void step(struct tl_regs *regs, const struct tl_insn *insn)
{
	uint8_t *slot = tl_slots[FIRST], code[TL_SLOT_SIZE];

	tl_zero(code, sizeof code);
	tl_arch_isa->slot_build(tl_arch_isa, insn, from, (uintptr_t)slot, false, tl_arch_read,
	                        code);
	if (!tl_same(code, slot, sizeof code))
		for (unsigned i = 0; i < sizeof code; i += 4)
			tl_write_text((uintptr_t)slot + i, code + i, 4);
	tl_arch_keep_out(true);
	tl_set_pc(regs, (uintptr_t)slot);
}

bool tl_watch_trap(struct tl_regs *regs)
{
	const struct tl_point *pt;
	struct tl_accessed a;

	if (!tl_arch_accessed(regs, &a))
		return false;
	from = who = tl_pc(regs);
	next = from + a.insn.len;
	pt = tl_point_inside(from);
	if (pt)
		who = pt->addr;
	find_due(&a, is_agents(who));
	if (!is_agents(who) && is_debuggers(regs)) {
		miss_due();
		return false;
	}
	tl_arch_watch_hold(true);
	if (a.exclusive || !a.kind) {
		miss_due();
		tl_watch_pass();
		return true;
	}
	for (unsigned i = 0; i < TL_WATCHES; i++)
		if (watched[i].due && !watched[i].device)
			watched[i].was = value_at(point(i)->addr, watched[i].bytes);
	step(regs, &a.insn);
	return true;
}

void tl_watch_stepped(struct tl_regs *regs)
{
	const uintptr_t *outer = served; /* opaque ticks may access what is watched, too */
	uint32_t handle = 0;             /* watches, a bit each */
	uint32_t begin = tl_budget_begin();
	struct tl_point *pt = 0;
	bool gone = false;

	tl_arch_keep_out(false);
	tl_set_pc(regs, who);
	for (unsigned i = 0; i < TL_WATCHES; i++) {
		if (!watched[i].due)
			continue;
		watched[i].due = false;
		pt = point(i);
		tl_watch_serve(point(i), &watched[i].was);
		if (tl_watch_hit(point(i), regs))
			handle |= (uint32_t)1 << i;
		served = outer;
	}
	tl_arch_watch_hold(false);
	for (unsigned i = 0; i < TL_WATCHES; i++)
		if (handle >> i & 1)
			gone |= tl_watch_handlers(point(i), regs, watched[i].was, gone ? 0 : next);
	if (!gone)
		tl_set_pc(regs, next);
	tl_budget_charge(pt, begin, 1); /* as much as the trap before the step */
}

bool tl_watch_faulted(struct tl_regs *regs)
{
	tl_arch_keep_out(false);
	tl_arch_watch_hold(false);
	tl_set_pc(regs, from);
	return tl_arch_excused(regs);
}

void tl_watch_pass(void)
{
	tl_arch_watch_hold(true);
	passing = true;
}

void tl_watch_settle(void)
{
	uintptr_t lock;

	if (!passing)
		return;
	lock = tl_arch_lock();
	passing = false;
	tl_arch_watch_hold(false);
	tl_arch_unlock(lock);
}

#endif
