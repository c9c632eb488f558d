/* SPDX-License-Identifier: MIT */
/*
 * Arming: what makes a point's instruction trap.
 */
#include "probe/arm.h"

#include "base/clock.h"
#include "base/util.h"
#include "probe/decode.h"
#include "probe/jump.h"
#include "probe/text.h"
#include "probe/watch.h"

_Static_assert(TL_COMPARATORS >= 0 && TL_COMPARATORS <= 127, "TL_COMPARATORS");

/* Does the map say that nothing can be written there? */
static inline bool is_rom(uintptr_t addr)
{
	for (const struct tl_region *r = tl_port.memory; r && r->length; r++)
		if (r->rom == true && addr - r->start < r->length)
			return true;
	return false;
}

/* ---- text ---- */

/* What is armed has its text back before it is armed otherwise. */
static int patch(struct tl_point *pt, enum tl_armed want)
{
	uint8_t code[sizeof pt->text];
	unsigned n = tl_patch_of(pt, want ? want : (enum tl_armed)pt->armed, code);
	int err;

	if (want) {
		tl_text_patched(pt);
		pt->armed = want; /* published: a trap from here on is ours */
	}
	err = tl_arch_patch(pt->addr, want ? code : pt->text, n);
	if (!err) {
		pt->armed = want;
	} else if (want) {
		tl_arch_patch(pt->addr, pt->text, n);
		pt->armed = TL_ARMED_NOT;
	} /* else: a breakpoint that could not be taken out goes on being stepped */
	return err;
}

/* ---- comparators ---- */

/* Before one traps, the point is published. */
static int compare(struct tl_point *pt)
{
	pt->armed = TL_ARMED_COMPARATOR;
	if (!tl_arch_compare(pt->addr, TL_COMPARE_ON))
		return 0;
	pt->armed = TL_ARMED_NOT;
	return -TL_EROM;
}

static void compare_no_more(struct tl_point *pt, enum tl_compare how)
{
	if (!TL_COMPARATORS)
		return;
	tl_arch_compare(pt->addr, how);
	if (pt->armed == TL_ARMED_COMPARATOR)
		pt->armed = TL_ARMED_NOT;
}

/* ---- either ---- */

static enum tl_armed how_to_arm(const struct tl_point *pt)
{
	return TL_FAST && pt->stops && !tl_fast_refusal(pt) ? TL_ARMED_JUMP : TL_ARMED_BREAK;
}

int tl_arm(struct tl_point *pt, enum tl_compare how)
{
	enum tl_armed want = how == TL_COMPARE_ON ? how_to_arm(pt) : TL_ARMED_NOT;
	int err = -TL_EROM;

	if (tl_is_watch(pt))
		return tl_watch_arm(pt, how);
	if (!want)
		compare_no_more(pt, how);
	if (pt->armed == want || tl_point_compared(pt))
		return 0;
	if (TL_FAST && pt->armed && want && patch(pt, TL_ARMED_NOT))
		return -TL_EROM;
	if (!TL_COMPARATORS || !want || !is_rom(pt->addr))
		err = patch(pt, want);
	return TL_COMPARATORS && want && err == -TL_EROM ? compare(pt) : err;
}

#if TL_DECODE
/*
 * What the map does not say only a write tells, of a byte that changes: the breakpoint itself, gone
 * before interrupts are let in again.
 */
static int try_patch(uintptr_t addr, const struct tl_insn *insn)
{
	uint8_t was[sizeof(struct tl_point){0}.text], code[sizeof was];
	unsigned n = tl_breakpoint(insn, code);
	int err = tl_arch_read(addr, was, n);

	if (err)
		return err;
	err = tl_arch_patch(addr, code, n);
	tl_arch_patch(addr, was, n);
	return err;
}

/* 0: by its text; TL_STEP_COMPARATOR; -TL_EROM or -TL_EFAULT. */
static int how_there(uintptr_t addr, const struct tl_insn *insn)
{
	const struct tl_point *pt = tl_point_find(addr);
	int how;

	if (pt && pt->armed)
		return tl_point_compared(pt) ? TL_STEP_COMPARATOR : 0;
	how = is_rom(addr) ? -TL_EROM : try_patch(addr, insn);
	if (TL_COMPARATORS && how == -TL_EROM && !tl_arch_compare(addr, TL_COMPARE_TRY))
		how = TL_STEP_COMPARATOR;
	return how;
}

int tl_arm_check(uintptr_t addr, bool returns, struct tl_insn *insn)
{
	int step = tl_probe_check(addr, returns, insn), how;
	uintptr_t lock;

	if (step)
		return step;
	lock = tl_arch_lock();
	how = how_there(addr, insn);
	tl_arch_unlock(lock);
	step = how < 0 ? how : tl_insn_step(addr, insn);
	return step < 0 ? step : step | how;
}
#endif
