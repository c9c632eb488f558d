/* SPDX-License-Identifier: MIT */
/*
 * What a host's probe does on a hit: filter, count, snapshot. Runs in the trap, bounded in time;
 * every hit adds one to exactly one of recorded, filtered, missed and dropped.
 */
#include "probe/internal.h"

TL_RAM(".bss");

struct tl_remote tl_remotes[TL_PROBES];
static volatile bool limit_reached;

_Static_assert(TL_PROBES >= 1 && TL_PROBES <= TL_PROBE_MAX, "TL_PROBES");

/* limit=N: a trap only stops counting; tl_action_settle() takes the breakpoint out. */
static void check_limit(struct tl_remote *r)
{
	if (r->limit && r->recorded + r->dropped >= r->limit) {
		r->kp.state &= (uint8_t)~TL_KP_ENABLED;
		tl_table.points[r->kp.point].direct = TL_DIRECT_NOT;
		limit_reached = true;
	}
}

static inline uintptr_t *record(struct tl_remote *r, unsigned words)
{
	uintptr_t *at = tl_ring_reserve(words);

	if (!at) {
		r->dropped++;
		return 0;
	}
	at[0] = r->mark | words << 16;
	at[1] = ++r->recorded + r->dropped;
	at[2] = tl_ticks();
	tl_ring_commit(words); /* nobody looks before the trap is over */
	return at + TL_RECORD_HEAD;
}

__attribute__((optimize("O2"))) uintptr_t tl_take_snapshot(struct tl_remote *r, uintptr_t resume,
                                                           uintptr_t **regs)
{
	*regs = record(r, TL_RECORD_HEAD + TL_RECORD_REGS);
	return resume;
}

__attribute__((optimize("O2"))) uintptr_t tl_take_return(struct tl_remote *r, uintptr_t resume,
                                                         uintptr_t **regs, uint32_t entry_time)
{
	uintptr_t *to = record(r, TL_RECORD_HEAD + TL_RECORD_REGS + 1);

	if (to)
		to[TL_RECORD_REGS] = (uint32_t)to[2 - TL_RECORD_HEAD] - entry_time;
	*regs = to;
	return resume;
}

void tl_action(struct tl_remote *r, const struct tl_regs *regs, uint32_t entry_time)
{
	uintptr_t *to;

	if (--r->countdown) {
		r->filtered++;
		return;
	}
	r->countdown = r->every;
	if (!(r->kind & TL_KIND_SNAPSHOT)) {
		r->recorded++;
	} else {
		if (r->kind & TL_KIND_RETURN)
			tl_take_return(r, 0, &to, entry_time);
		else
			tl_take_snapshot(r, 0, &to);
		for (unsigned i = 0; to && i < TL_RECORD_REGS; i++)
			to[i] = tl_core_of(regs)[i];
		if (to && !(r->kind & TL_KIND_RETURN) && tl_arch_unprivileged(regs))
			to[-TL_RECORD_HEAD] |= TL_RING_USER;
	}
	check_limit(r);
}

static uint32_t taken;

static uint32_t taken_ticks(void *ctx)
{
	(void)ctx;
	return taken;
}

void tl_action_outside(struct tl_remote *r, const struct tl_regs *regs, uint32_t entry_time)
{
	uint32_t (*ticks)(void *) = tl_port.ticks, now = tl_ticks();

	taken = now;
	tl_port.ticks = taken_ticks;
	tl_action(r, regs, entry_time);
	tl_port.ticks = ticks;
}

void tl_action_settle(void)
{
	if (!limit_reached)
		return;
	limit_reached = false;
	for (unsigned i = 0; i < TL_PROBES; i++)
		if (tl_remotes[i].id && !(tl_remotes[i].kp.state & TL_KP_ENABLED))
			tl_disable_kprobe(&tl_remotes[i].kp);
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
	return a->kp.addr == b->kp.addr && a->kind == b->kind && a->select == b->select &&
	       a->every == b->every && a->limit == b->limit && a->stay == b->stay &&
	       a->active == b->active;
}

int tl_remote_add(const struct tl_remote *want, struct tl_remote **out)
{
	struct tl_remote *r = tl_remote_find(want->id);
	int err;

	if (r) {
		*out = r;
		return same_wish(r, want) ? 0 : -TL_EBUSY;
	}
	for (r = tl_remotes; r < tl_remotes + TL_PROBES && r->id; r++)
		;
	if (r == tl_remotes + TL_PROBES)
		return -TL_EFULL;
	tl_copy(r, want, sizeof *r);
	r->kp.state = TL_KP_REMOTE;
	if (r->kind & TL_KIND_RETURN)
		r->kp.state |= TL_KP_RETURN;
	r->kp.room = r->active;
	r->direct = TL_DIRECT_NOT;
	if (r->kind & TL_KIND_RETURN && r->every == 1 && !r->limit)
		r->direct = r->kind & TL_KIND_SNAPSHOT ? TL_DIRECT_SNAPSHOT : TL_DIRECT_COUNT;
	r->mark = r->id | (uint32_t)(r - tl_remotes) << 8;
	r->delta = TL_NO_DELTA;
	r->countdown = r->every;
	err = tl_register_kprobe(&r->kp);
	if (err)
		r->id = 0;
	*out = r;
	return err;
}

int tl_remote_del(struct tl_remote *r)
{
	int err = tl_unregister_kprobe(&r->kp);

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
