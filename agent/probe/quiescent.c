/* SPDX-License-Identifier: MIT */
/*
 * Slots that nobody is in any more. A deleted probe leaves its slot bound to its address, since a
 * context may be suspended there. Nobody enters it anew: no text leads there, and whoever is in a
 * handler for it is in the table of dispatches. So one look at where every context goes on is
 * enough, as at the end of a grace period in RCU.
 *
 * Where that is depends on who asks. Below the main loop, without tasks, nobody is suspended. Tasks
 * are known by tl_set_tasks(), and what an interrupt handler has interrupted by the stack. Any word
 * that may be where somebody goes on is looked at: too many rather than too few. One that only
 * looks like an address in a slot keeps that slot from use until the next look.
 */
#include "probe/quiescent.h"

#include "base/util.h"
#include "probe/dispatch.h"
#include "probe/jump.h"
#include "probe/regs.h"

TL_RAM(".bss");

enum {
	SLOTS = TL_POINTS + TL_STEPS + TL_WATCHES,
	STACK_WORDS = 128, /* of a task, above its stack pointer: a kernel may have put its
	                      registers there, below its own calls */
	PIECE_WORDS = 16,
	FEW = TL_POINTS / 4,
};

const struct tl_tasks *tl_tasks;

static uint32_t inhabited[(SLOTS + 31) / 32]; /* slots, a bit each */
static bool quiescent;                        /* the firmware has said so */
volatile bool tl_points_retire;

void tl_set_tasks(const struct tl_tasks *t)
{
	tl_tasks = t;
}

void tl_suspended_in(const struct tl_point *pt)
{
	unsigned i = (unsigned)(pt - tl_table.points);

	inhabited[i / 32] |= (uint32_t)1 << i % 32;
}

bool tl_point_is_deserted(const struct tl_point *pt)
{
	unsigned i = (unsigned)(pt - tl_table.points);

	return pt->state == TL_POINT_RETIRED && !pt->armed && !pt->stepped &&
	       !(inhabited[i / 32] >> i % 32 & 1);
}

/* Somebody may go on at `word`. */
static void suspended_at(uintptr_t word)
{
	unsigned at;
	const struct tl_point *pt = tl_point_inside(word);

	if (!pt)
		pt = tl_fast_point(word, &at);
	if (pt)
		tl_suspended_in(pt);
}

static void look_at_stack(uintptr_t sp)
{
	uintptr_t words[PIECE_WORDS];

	for (unsigned n = 0; n < STACK_WORDS && !tl_arch_read(sp, words, sizeof words);
	     n += PIECE_WORDS) {
		for (unsigned i = 0; i < PIECE_WORDS; i++)
			suspended_at(words[i]);
		sp += sizeof words;
	}
}

/* False: where the task goes on is not known. */
static bool look_at_task(uintptr_t id)
{
	uintptr_t room[TL_ARCH_REGS_SIZE / sizeof(uintptr_t)];
	struct tl_regs *regs = (struct tl_regs *)(void *)room;
	const uintptr_t *core = tl_core_of(regs);

	tl_zero(room, sizeof room);
	if (!tl_tasks->registers || !tl_tasks->registers(id, regs) || !core[TL_REG_PC])
		return false;
	for (unsigned i = 0; i < TL_RECORD_REGS; i++)
		suspended_at(core[i]);
	look_at_stack(core[TL_REG_SP] & ~(sizeof(uintptr_t) - 1));
	return true;
}

/* The running task is the caller, or what the handler that calls has interrupted; then it may be
 * amid a switch to another. */
static bool look_at_tasks(uintptr_t current, enum tl_below below)
{
	bool known = true;
	uintptr_t id;

	for (unsigned n = 0; (id = tl_tasks->id(n)) != 0; n++) {
		if (id == current && below == TL_BELOW_NOBODY)
			continue;
		known &= look_at_task(id) || (id == current && below == TL_BELOW_SEEN);
	}
	return known;
}

bool tl_look_for_suspended(void)
{
	uintptr_t current = tl_tasks ? tl_tasks->current() : 0;
	enum tl_below below;

	tl_zero(inhabited, sizeof inhabited);
	tl_dispatch_suspended();
	if (!current && tl_arch_base_level())
		return true;
	below = tl_arch_below(suspended_at);
	if (quiescent || !current)
		return quiescent;
	return (below != TL_BELOW_UNKNOWN || tl_tasks->in_interrupts) &&
	       look_at_tasks(current, below);
}

void tl_quiescent(void)
{
	uintptr_t lock = tl_arch_lock();

	quiescent = true;
	tl_points_reclaim();
	quiescent = false;
	tl_arch_unlock(lock);
}

/* Before they are needed: GDB asks for points where it has halted the firmware, and there it is
 * seldom known. */
void tl_quiescent_settle(void)
{
	uintptr_t lock;

	if (!tl_points_retire)
		return;
	tl_points_retire = false;
	lock = tl_arch_lock();
	if (tl_points_in(TL_POINT_FREE) <= FEW)
		tl_points_reclaim();
	tl_arch_unlock(lock);
}
