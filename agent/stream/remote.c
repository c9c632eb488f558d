/* SPDX-License-Identifier: MIT */
/*
 * What a host's probe does on a hit: filter, count, snapshot, or record what its fetch program
 * says. It runs in the trap, bounded in time. Every hit adds one to exactly one of recorded,
 * filtered, missed and dropped.
 */
#include "stream/remote.h"

#include "base/clock.h"
#include "base/util.h"
#include "expr/fetch.h"
#include "probe/guard.h"
#include "probe/image.h"
#include "probe/regs.h"
#include "probe/watch.h"
#include "record.h"
#include "stream/fetched.h"
#include "stream/ring.h"
#include "stream/stacks.h"
#include "stream/stream.h"

TL_RAM(".bss");

struct tl_remote tl_remotes[TL_PROBES];
static volatile bool limit_reached;

_Static_assert(TL_PROBES >= 1 && TL_PROBES <= TL_PROBE_MAX, "TL_PROBES");

static inline struct tl_remote *remote_of(struct tl_probe *p)
{
	return (struct tl_remote *)p;
}

/* ---- hits ---- */

/* limit=N: a trap only stops counting; tl_remote_settle() takes the breakpoint out. */
static void check_limit(struct tl_remote *r)
{
	if (r->limit && r->probe.hits + r->dropped >= r->limit) {
		r->probe.state &= (uint8_t)~TL_PROBE_ENABLED;
		tl_point_of(&r->probe)->direct = 0;
		limit_reached = true;
	}
}

/* A record; NULL, and counted as dropped: the ring has no room. */
__attribute__((always_inline)) static inline uintptr_t *record(struct tl_remote *r, unsigned words,
                                                               uintptr_t head)
{
	uintptr_t *at = tl_ring_reserve(words);

	if (!at) {
		r->dropped++;
		return 0;
	}
	at[0] = head;
	at[1] = ++r->probe.hits + r->dropped;
	at[2] = tl_ticks_at_once();
	tl_ring_commit(words); /* nobody looks before the trap is over */
	return at + TL_RECORD_HEAD;
}

/* Of a hit and of a return, without its registers: `*regs` is where those go, or NULL. Return
 * `resume`, for those whose last word this is. */
__attribute__((optimize("O2"))) static uintptr_t record_hit(struct tl_remote *r, uintptr_t resume,
                                                            uintptr_t **regs)
{
	enum { WORDS = TL_RECORD_HEAD + TL_RECORD_REGS };

	*regs = record(r, WORDS, r->mark | WORDS << TL_RING_WORDS_SHIFT);
	return resume;
}

__attribute__((optimize("O2"))) static uintptr_t
record_return(struct tl_probe *p, uintptr_t resume, uintptr_t **regs, uint32_t entry_time)
{
	enum { WORDS = TL_RECORD_HEAD + TL_RECORD_REGS + 1 };
	struct tl_remote *r = remote_of(p);
	uintptr_t *to = record(r, WORDS, r->mark | WORDS << TL_RING_WORDS_SHIFT);

	if (to)
		to[TL_RECORD_REGS] = (uint32_t)to[2 - TL_RECORD_HEAD] - entry_time;
	*regs = to;
	return resume;
}

static inline const uint8_t *program_of(const struct tl_remote *r)
{
#if TL_FETCH
	return r->program;
#else
	(void)r;
	return 0;
#endif
}

#if TL_FETCH
static uint32_t entered;    /* of a return: when the function was called */
static uintptr_t undecided; /* what the status word begins with */

/* A hit that is recorded. `head`: the first word of a record; `values`: of its program. */
__attribute__((always_inline)) static inline uintptr_t *
record_values(struct tl_remote *r, const uintptr_t *regs, uintptr_t head, const uint8_t *values)
{
	uintptr_t *to = record(r, head >> TL_RING_WORDS_SHIFT & TL_RING_WORDS_MASK, head);

	if (to) {
		*to = 0;
		tl_fetch_run(values, regs, to);
	}
	return to;
}

/* The condition held: `every`, the record, the limit. Returns `resume`, for those whose last word
 * this is; and so below. */
static uintptr_t act_decided(uintptr_t resume, const uintptr_t *regs, struct tl_remote *r,
                             uintptr_t head)
{
	uintptr_t *to = 0;

	if (--r->countdown) {
		r->filtered++;
		return resume;
	}
	r->countdown = r->every;
	if (r->kind & (TL_KIND_SNAPSHOT | TL_KIND_LIVE))
		to = record_values(r, regs, head, tl_fetch_values(r->program));
	else
		r->probe.hits++;
	if (to)
		*to |= undecided;
	if (to && r->kind & TL_KIND_RETURN)
		to[(r->mark >> TL_RING_WORDS_SHIFT) - TL_RECORD_HEAD - 1] =
		        (uint32_t)to[2 - TL_RECORD_HEAD] - entered;
	check_limit(r);
	return resume;
}

/* A hit of a probe with a condition. */
__attribute__((optimize("O2"))) static uintptr_t act_if(uintptr_t resume, const uintptr_t *regs,
                                                        struct tl_remote *r, uintptr_t head)
{
	undecided = 0;
	if (tl_fetch_run(r->program + 1, regs, &undecided))
		return act_decided(resume, regs, r, head);
	r->filtered++;
	return resume;
}

/* A hit of any probe with a program. */
static uintptr_t act_fetched(uintptr_t resume, const uintptr_t *regs, struct tl_remote *r,
                             uintptr_t head)
{
	if (r->keeps)
		tl_fetch_forget();
	if (*r->program)
		return act_if(resume, regs, r, head);
	undecided = 0;
	return act_decided(resume, regs, r, head);
}

static void act_by_program(struct tl_remote *r, const struct tl_regs *regs, uint32_t entry_time)
{
	bool user = regs && !(r->kind & TL_KIND_RETURN) && tl_arch_unprivileged(regs);

	unsigned more = tl_stacked(r) ? tl_stack_measure(r, regs) : 0;
	uint32_t head = tl_ring.head;

	entered = entry_time;
	act_fetched(0, regs ? tl_core_of(regs) : 0, r,
	            (r->mark | (user ? TL_RING_USER : 0)) +
	                    ((uintptr_t)more << TL_RING_WORDS_SHIFT));
	if (more && tl_ring.head != head)
		tl_stack_write(r, regs, tl_ring_last(more));
}
#else
static void act_by_program(struct tl_remote *r, const struct tl_regs *regs, uint32_t entry_time)
{
	(void)r, (void)regs, (void)entry_time;
}
#endif

/* A snapshot of registers, and of the stack where the probe has one. */
static void act_snapshot(struct tl_remote *r, const struct tl_regs *regs, uint32_t entry_time)
{
	bool returns = TL_RETURN && r->kind & TL_KIND_RETURN;
	unsigned more = tl_stacked(r) ? tl_stack_measure(r, regs) : 0,
	         words = TL_RECORD_HEAD + TL_RECORD_REGS + returns + more;
	uintptr_t *to = record(r, words, r->mark | (uintptr_t)words << TL_RING_WORDS_SHIFT);

	if (!to)
		return;
	tl_copy(to, regs, TL_RECORD_REGS * sizeof *to);
	if (returns)
		to[TL_RECORD_REGS] = (uint32_t)to[2 - TL_RECORD_HEAD] - entry_time;
	else if (tl_arch_unprivileged(regs))
		to[-TL_RECORD_HEAD] |= TL_RING_USER;
	if (!more)
		return;
	to[TL_REG_LR] = tl_stack_lr(regs);
	tl_stack_write(r, regs, tl_ring_last(more));
}

/* `entry_time` of a return: when its function was called. A sampler has no registers. */
static void act(struct tl_remote *r, const struct tl_regs *regs, uint32_t entry_time)
{
	if (program_of(r)) {
		act_by_program(r, regs, entry_time);
		return;
	}
	if (--r->countdown) {
		r->filtered++;
		return;
	}
	r->countdown = r->every;
	if (r->kind & TL_KIND_SNAPSHOT)
		act_snapshot(r, regs, entry_time);
	else
		r->probe.hits++;
	check_limit(r);
}

static uint32_t taken;

static uint32_t taken_ticks(void *ctx)
{
	(void)ctx;
	return taken;
}

/* Outside of a trap: probes that tl_port.ticks hits may record before this one does, not amid
   it. */
static void act_outside(struct tl_remote *r, const struct tl_regs *regs, uint32_t entry_time)
{
	uintptr_t lock = tl_arch_lock();
	uint32_t (*ticks)(void *) = tl_port.ticks, now = tl_ticks_at_once();

	taken = now;
	tl_port.ticks = taken_ticks;
	tl_fetched_outside(true);
	act(r, regs, entry_time);
	tl_fetched_outside(false);
	tl_port.ticks = ticks;
	tl_arch_unlock(lock);
}

void tl_remote_sample(struct tl_remote *r)
{
	r->countdown = 1; /* `every` is its period */
	act_outside(r, 0, 0);
}

/* ---- direct hits: all that there is to do, before any register is saved ---- */

static uintptr_t count_hit(uintptr_t pc, struct tl_look *look, struct tl_point *pt)
{
	(void)pc, (void)look;
	pt->probes->hits++;
	return pt->go;
}

static uintptr_t snapshot_hit(uintptr_t pc, struct tl_look *look, struct tl_point *pt)
{
	(void)pc;
	return record_hit(remote_of(pt->probes), pt->go, &look->record);
}

#if TL_FETCH
/* Where the registers that a first look has are all that the program uses: each hit is recorded, or
 * there is a condition. */
__attribute__((optimize("O2"))) static uintptr_t fetch_all(uintptr_t pc, struct tl_look *look,
                                                           struct tl_point *pt)
{
	struct tl_remote *r = remote_of(pt->probes);

	(void)pc;
	record_values(r, look->frame, r->mark, r->program + 1);
	return pt->go;
}

static uintptr_t fetch_if(uintptr_t pc, struct tl_look *look, struct tl_point *pt)
{
	struct tl_remote *r = remote_of(pt->probes);

	(void)pc;
	return act_if(pt->go, look->frame, r, r->mark);
}

/* The registers of a hit, as in a record: the trap stores them here, and then comes back. */
static struct {
	uintptr_t head[TL_RECORD_HEAD], regs[TL_RECORD_REGS];
} stored;
static struct tl_remote *stored_for;

static uintptr_t fetch_recorded(uintptr_t resume)
{
	return act_fetched(resume & ~(uintptr_t)1, stored.regs, stored_for, stored.head[0]);
}

static uintptr_t fetch_hit(uintptr_t pc, struct tl_look *look, struct tl_point *pt)
{
	(void)pc;
	stored_for = remote_of(pt->probes);
	stored.head[0] = stored_for->mark;
	stored.head[TL_RECORD_HEAD - 1] = (uintptr_t)fetch_recorded;
	look->record = stored.regs;
	return pt->go | 1;
}

static tl_direct_fn *direct_fetch(const struct tl_remote *r)
{
	if (r->system)
		return 0;
	if (!r->looks || r->keeps)
		return fetch_hit;
	if (*r->program)
		return fetch_if;
	return r->kind & TL_KIND_SNAPSHOT && r->every <= 1 && !r->limit ? fetch_all : fetch_hit;
}
#else
static tl_direct_fn *direct_fetch(const struct tl_remote *r)
{
	(void)r;
	return 0;
}
#endif

static uintptr_t filter_hit(uintptr_t pc, struct tl_look *look, struct tl_point *pt)
{
	struct tl_remote *r = remote_of(pt->probes);

	(void)pc, (void)look;
	if (r->countdown <= 1)
		return 0;
	r->countdown--;
	r->filtered++;
	return pt->go;
}

static tl_direct_fn *direct(const struct tl_probe *p)
{
	const struct tl_remote *r = (const struct tl_remote *)p;

	if (tl_stacked(r))
		return 0;
	if (program_of(r))
		return direct_fetch(r);
	if (r->every > 1 || r->limit)
		return filter_hit;
	return r->kind == TL_KIND_COUNT ? count_hit : snapshot_hit;
}

/* ---- the front ---- */

static inline bool runs_outside(const struct tl_remote *r)
{
#if TL_FETCH
	return (r->program || tl_stacked(r)) && r->outside;
#else
	(void)r;
	return false;
#endif
}

/*
 * A snapshot takes the time. If that may not be asked for in a trap, it is taken in the interrupted
 * context; and so are values that may not be read in one. Those of a return never are: where it is
 * served may be one or not.
 */
static unsigned needs(const struct tl_probe *p)
{
	const struct tl_remote *r = (const struct tl_remote *)p;

	if (!runs_outside(r) && (!tl_ticks_opaque || !(r->kind & TL_KIND_SNAPSHOT)))
		return 0;
	if (TL_WATCHES && r->kind & TL_KIND_WATCH)
		return TL_NEED_POST;
	return r->kind & TL_KIND_RETURN ? TL_NEED_RETURNED : TL_NEED_PRE;
}

static void hit(struct tl_probe *p, const struct tl_regs *regs)
{
	if (regs && !(p->state & TL_PROBE_RETURN) && !needs(p))
		act(remote_of(p), regs, 0);
}

#if TL_WATCHES
static void act_watched(struct tl_probe *p, const struct tl_regs *regs, uintptr_t was)
{
	uintptr_t lock = tl_arch_lock();

	tl_watch_serve(tl_point_of(p), &was);
	act_outside(remote_of(p), regs, 0);
	tl_watch_serve(tl_point_of(p), 0);
	tl_arch_unlock(lock);
}
#else
static void act_watched(struct tl_probe *p, const struct tl_regs *regs, uintptr_t was)
{
	(void)p, (void)regs, (void)was;
}
#endif

static bool run(struct tl_probe *p, struct tl_regs *regs, enum tl_need which, uintptr_t what)
{
	if (which == TL_NEED_PRE && needs(p) & TL_NEED_PRE)
		act_outside(remote_of(p), regs, 0);
	if (TL_WATCHES && which == TL_NEED_POST && needs(p) & TL_NEED_POST)
		act_watched(p, regs, what);
	return false;
}

static void returned(struct tl_probe *p, struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	if (needs(p))
		act_outside(remote_of(p), regs, in->entry_time);
	else
		act(remote_of(p), regs, in->entry_time);
}

static uint32_t missed(struct tl_probe *p, unsigned more)
{
	return remote_of(p)->missed += more;
}

static uint32_t count(const struct tl_probe *p)
{
	return tl_remote_hits((const struct tl_remote *)p);
}

static const struct tl_front front = {TL_FRONT_NAME("probe of a host").count = count,
                                      .needs = needs,
                                      .direct = direct,
                                      .hit = hit,
                                      .run = run,
                                      .returned = TL_RETURN ? returned : 0,
                                      .record = TL_RETURN ? record_return : 0,
                                      .missed = missed};

/* ---- the table of them ---- */

void tl_remote_settle(void)
{
	if (!limit_reached)
		return;
	limit_reached = false;
	for (unsigned i = 0; i < TL_PROBES; i++)
		if (tl_remotes[i].id && !tl_is_sampler(&tl_remotes[i]) &&
		    !(tl_remotes[i].probe.state & TL_PROBE_ENABLED))
			tl_probe_enable(&tl_remotes[i].probe, false);
}

struct tl_remote *tl_remote_find(unsigned id)
{
	for (unsigned i = 0; id && i < TL_PROBES; i++)
		if (tl_remotes[i].id == id)
			return &tl_remotes[i];
	return 0;
}

/* The same wish again, because its answer was lost? */
static bool same_wish(const struct tl_remote *a, const struct tl_remote *b)
{
	return !tl_is_sampler(a) && a->addr == b->addr && a->kind == b->kind &&
	       a->select == b->select && a->every == b->every && a->limit == b->limit &&
	       a->stay == b->stay && a->active == b->active && (!TL_FLASH || a->flash == b->flash);
}

/* What the table is to know of it. */
static unsigned state_of(const struct tl_remote *r)
{
	unsigned flash = TL_FLASH && r->flash ? TL_PROBE_FLASH : 0;

	if (!(r->kind & TL_KIND_RETURN))
		return flash;
	if (r->every > 1 || r->limit)
		return flash | TL_PROBE_RETURN;
	return flash | TL_PROBE_RETURN |
	       (r->kind & TL_KIND_SNAPSHOT ? TL_PROBE_RECORDED : TL_PROBE_COUNTED);
}

struct tl_remote *tl_remote_take(const struct tl_remote *want)
{
	struct tl_remote *r = tl_remotes;

	while (r < tl_remotes + TL_PROBES && r->id)
		r++;
	if (r == tl_remotes + TL_PROBES)
		return 0;
	tl_copy(r, want, sizeof *r);
	r->mark = r->id | (uint32_t)(r - tl_remotes) << 8;
	r->delta = TL_NO_DELTA;
	r->countdown = r->every;
	return r;
}

#if TL_WATCHES
static int add_watch(struct tl_remote *r)
{
	unsigned access = (r->kind & TL_KIND_WRITE ? TL_WATCH_WRITE : 0u) |
	                  (r->kind & TL_KIND_READ ? TL_WATCH_READ : 0u);

	return tl_watch_add(&r->probe, &front, r->addr, r->active, access, r->disabled);
}

/* Armed for a moment, in which nothing hits it. */
int tl_remote_try(struct tl_remote *watch)
{
	uintptr_t lock = tl_arch_lock();
	int err = add_watch(watch);

	if (!err)
		tl_probe_remove(&watch->probe);
	tl_arch_unlock(lock);
	return err;
}
#else
static int add_watch(struct tl_remote *r)
{
	(void)r;
	return -TL_ENOSUP;
}
#endif

static bool same_image(const struct tl_remote *r, const struct tl_remote *want)
{
#if TL_IMAGES
	return r->in.image == (want->in.name ? tl_image_number(want->in.name) : 0) &&
	       r->in.fixed == want->in.fixed;
#else
	return (void)r, (void)want, true;
#endif
}

static int add_text(struct tl_remote *r)
{
	uintptr_t addr = tl_code_address(r->addr);

#if TL_IMAGES
	if (r->in.name)
		return tl_image_probe_add(&r->in, &r->probe, &front, r->in.name, addr, state_of(r),
		                          r->disabled);
#endif
	return tl_probe_add(&r->probe, &front, addr, state_of(r), r->disabled);
}

static int remove_probe(struct tl_remote *r)
{
#if TL_IMAGES
	return tl_image_probe_remove(&r->in, &r->probe);
#else
	return tl_probe_remove(&r->probe);
#endif
}

int tl_remote_add(const struct tl_remote *want, struct tl_remote **out)
{
	struct tl_remote *r = tl_remote_find(want->id);
	int err;

	if (r) {
		*out = r;
		return same_wish(r, want) && same_image(r, want) ? 0 : -TL_EBUSY;
	}
	r = tl_remote_take(want);
	if (!r)
		return -TL_EFULL;
	if (TL_WATCHES && r->kind & TL_KIND_WATCH) {
		err = add_watch(r);
		if (err)
			r->id = 0;
		*out = r;
		return err;
	}
	r->probe.room = r->active;
	err = add_text(r);
	if (err)
		r->id = 0;
	*out = r;
	return err;
}

int tl_remote_del(struct tl_remote *r)
{
	int err = tl_is_sampler(r) ? 0 : remove_probe(r);

	tl_program_take(r);
	tl_stack_take(r);
	tl_stream_forget(r);
	tl_ring_forget(r->mark);
	r->id = 0;
	return err;
}

void tl_remote_del_all(bool also_stay)
{
	for (unsigned i = 0; i < TL_PROBES; i++)
		if (tl_remotes[i].id && (also_stay || !tl_remotes[i].stay))
			tl_remote_del(&tl_remotes[i]);
}
