/* SPDX-License-Identifier: MIT */
/*
 * What a host's probe does on a hit: filter, count, snapshot. Runs in the trap, bounded in time; every hit adds one to `hits`
 * and one to exactly one of recorded, filtered, missed and dropped.
 */
#include "internal.h"

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

/* In quarters, which compilers copy by load- and store-multiple and not by a call. */
struct quarter {
	uintptr_t words[TL_RECORD_REGS / 4];
};

static inline void copy_core(uintptr_t *to, const uintptr_t *from)
{
	struct quarter *t = (struct quarter *)to;
	const struct quarter *f = (const struct quarter *)from;

	t[0] = f[0];
	t[1] = f[1];
	t[2] = f[2];
	t[3] = f[3];
	for (unsigned i = TL_RECORD_REGS / 4 * 4; i < TL_RECORD_REGS; i++)
		to[i] = from[i];
}

__attribute__((optimize("O2"))) enum tl_outcome tl_snapshot(struct tl_remote *r, struct tl_regs *regs, uintptr_t go)
{
	enum { WORDS = TL_RECORD_HEAD + TL_RECORD_REGS };
	uintptr_t *record = tl_ring_reserve(WORDS);

	if (!record) {
		r->dropped++;
	} else {
		record[0] = r->mark | WORDS << 16;
		record[1] = ++r->recorded + r->dropped;
		record[2] = tl_ticks();
		copy_core(record + TL_RECORD_HEAD, tl_core(regs));
		tl_ring_commit(WORDS);
	}
	tl_core(regs)[TL_REG_PC] = go;
	return TL_TRAP_JUMP;
}

enum tl_outcome tl_action_filter(struct tl_remote *r, struct tl_regs *regs, uintptr_t go)
{
	enum tl_outcome outcome = TL_TRAP_JUMP;

	if (--r->countdown) {
		r->filtered++;
		tl_core(regs)[TL_REG_PC] = go;
		return outcome;
	}
	r->countdown = r->every;
	if (r->kind == TL_KIND_COUNT)
		r->recorded++;
	else
		outcome = tl_snapshot(r, regs, go);
	tl_core(regs)[TL_REG_PC] = go;
	check_limit(r);
	return outcome;
}

void tl_action(struct tl_remote *r, struct tl_regs *regs)
{
	r->kp.hits++;
	tl_action_filter(r, regs, tl_core(regs)[TL_REG_PC]);
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
	return a->kp.addr == b->kp.addr && a->kind == b->kind && a->select == b->select && a->every == b->every &&
	       a->limit == b->limit && a->stay == b->stay;
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
	r->mark = r->id | (uint32_t)(r - tl_remotes) << 8;
	r->delta = TL_NO_DELTA;
	r->countdown = r->every;
	r->rare = r->every > 1 || r->limit;
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
