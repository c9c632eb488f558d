/* SPDX-License-Identifier: MIT */
/*
 * Which point an address has, and with it which slot. A point is free, or bound to an address: live
 * while it has probes, retired while a context may still be suspended in its slot. A free one is
 * taken first; when there is none, those are freed that nobody can be in.
 */
#include "probe/table.h"

#include "base/util.h"
#include "probe/decode.h"
#include "probe/quiescent.h"

/* ---- the map: from an address to its point ---- */

struct tl_point *tl_point_search(uintptr_t addr)
{
	for (unsigned h = tl_point_hash(addr) + 1;; h++) {
		unsigned i = tl_table.map[h % TL_MAP];

		if (!i)
			return 0;
		if (tl_table.points[i - 1].addr == addr)
			return &tl_table.points[i - 1];
	}
}

struct tl_point *tl_point_at(uintptr_t addr)
{
	return tl_point_find(addr);
}

struct tl_point *tl_point_inside(uintptr_t pc)
{
	return tl_point_of_slot(pc);
}

static void map_insert(unsigned index)
{
	unsigned h = tl_point_hash(tl_table.points[index].addr);

	while (tl_table.map[h % TL_MAP])
		h++;
	tl_table.map[h % TL_MAP] = (TL_POINT_INDEX)(index + 1);
}

static void map_rebuild(void)
{
	tl_zero(tl_table.map, sizeof tl_table.map);
	for (unsigned i = 0; i < TL_POINTS; i++)
		if (tl_table.points[i].state != TL_POINT_FREE)
			map_insert(i);
}

/* ---- which are free ---- */

/* A retired slot may serve another address only when nobody can be suspended in it. */
bool tl_points_reclaim(void)
{
	bool any = false;

	if (!tl_look_for_suspended())
		return false;
	for (unsigned i = 0; i < TL_POINTS; i++)
		if (tl_point_is_deserted(&tl_table.points[i])) {
			tl_table.points[i].state = TL_POINT_FREE;
			any = true;
		}
	if (any)
		map_rebuild();
	return any;
}

unsigned tl_points_in(enum tl_point_state state)
{
	unsigned n = 0;

	for (unsigned i = 0; i < TL_POINTS; i++)
		n += tl_table.points[i].state == state;
	return n;
}

/* Any in that state; NULL: there is none. Where the text did not take the restore a point is
 * retired and armed: in use for good. */
static struct tl_point *unarmed_point(enum tl_point_state state)
{
	struct tl_point *pt = tl_table.points;

	while (pt->state != state || pt->armed)
		if (++pt == tl_table.points + TL_POINTS)
			return 0;
	return pt;
}

/* The point that `addr` has, also if retired, or would get: a free one, else one that nobody is
 * in. */
static int room_for(uintptr_t addr, struct tl_point **out)
{
	struct tl_point *pt = tl_point_at(addr);

	if (!pt)
		pt = unarmed_point(TL_POINT_FREE);
	if (!pt && tl_points_reclaim())
		pt = unarmed_point(TL_POINT_FREE);
	*out = pt;
	if (!pt)
		return unarmed_point(TL_POINT_RETIRED) ? -TL_ESLOT : -TL_EFULL;
	return 0;
}

#if !TL_DECODE
int tl_slot_for(uintptr_t addr, uintptr_t *slot)
{
	uintptr_t lock;
	struct tl_point *pt;
	uint8_t first[4];
	int err = tl_place_check(addr);

	if (!err && tl_arch_read(addr, first, tl_arch_isa->insn_align))
		err = -TL_ETEXT;
	if (err)
		return err;
	lock = tl_arch_lock();
	err = room_for(addr, &pt);
	*slot = err ? 0 : (uintptr_t)tl_slot_of(pt);
	tl_arch_unlock(lock);
	return err;
}
#endif

int tl_point_bind(uintptr_t addr, struct tl_point **out)
{
	struct tl_point *pt;
	int err = room_for(addr, &pt);

	*out = pt;
	if (!err && !tl_slot_fits((uintptr_t)tl_slot_of(pt)))
		return -TL_EMOVED;
	if (err || pt->state != TL_POINT_FREE)
		return err;
	tl_zero(pt, sizeof *pt);
	pt->addr = addr;
	pt->state = TL_POINT_RETIRED;
	map_rebuild();
	return 0;
}

void tl_point_free(struct tl_point *pt)
{
	pt->state = TL_POINT_FREE;
	map_rebuild();
}
