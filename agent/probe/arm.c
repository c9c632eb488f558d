/* SPDX-License-Identifier: MIT */
/*
 * Arming: what makes a point's instruction trap.
 */
#include "probe/arm.h"

#include "base/clock.h"
#include "base/util.h"
#include "probe/decode.h"
#include "probe/flash.h"
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
	err = tl_write_text(pt->addr, want ? code : pt->text, n);
	if (!err) {
		pt->armed = want;
	} else if (want) {
		tl_write_text(pt->addr, pt->text, n);
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

/* ---- flash ---- */

#if TL_FLASH
static bool is_in_flash(const struct tl_point *pt)
{
	return tl_point_in_flash(pt) || (pt->flash && !pt->armed);
}

/* Its page is written, or will be, and not here. */
static void in_flash(struct tl_point *pt, enum tl_compare how)
{
	pt->quiet = pt->armed && how != TL_COMPARE_ON;
	if (pt->armed && how == TL_COMPARE_OFF)
		tl_flash_stale = true;
}
#else
static bool is_in_flash(const struct tl_point *pt)
{
	(void)pt;
	return false;
}
static void in_flash(struct tl_point *pt, enum tl_compare how)
{
	(void)pt, (void)how;
}
#endif

/* ---- each ---- */

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
	if (is_in_flash(pt)) {
		in_flash(pt, how);
		return 0;
	}
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
	err = tl_write_text(addr, code, n);
	tl_write_text(addr, was, n);
	return err;
}

static int may_flash(uintptr_t addr, unsigned len)
{
#if TL_FLASH
	return tl_flash_may(addr, len);
#else
	(void)addr, (void)len;
	return 0;
#endif
}

/* 0: by its text; TL_STEP_COMPARATOR; TL_STEP_FLASH; -TL_E…. */
static int how_there(uintptr_t addr, const struct tl_insn *insn, bool flash)
{
	const struct tl_point *pt = tl_point_at(addr);
	int how;

	if (pt && pt->armed)
		return tl_point_compared(pt)   ? TL_STEP_COMPARATOR
		       : tl_point_in_flash(pt) ? TL_STEP_FLASH
		                               : 0;
	how = flash ? may_flash(addr, insn->len) : 0;
	if (how)
		return how < 0 ? how : TL_STEP_FLASH;
	how = is_rom(addr) ? -TL_EROM : try_patch(addr, insn);
	if (TL_COMPARATORS && how == -TL_EROM && !tl_arch_compare(addr, TL_COMPARE_TRY))
		how = TL_STEP_COMPARATOR;
	return how;
}

int tl_arm_check(uintptr_t addr, bool returns, bool flash, struct tl_insn *insn)
{
	int step = tl_probe_check(addr, returns, insn), how;
	uintptr_t lock;

	if (step)
		return step;
	lock = tl_arch_lock();
	how = how_there(addr, insn, flash);
	tl_arch_unlock(lock);
	step = how < 0 ? how : tl_insn_step(addr, insn);
	return step < 0 ? step : step | how;
}
#endif
