/* SPDX-License-Identifier: MIT */
/*
 * Stacks in records: see stacks.h.
 *
 * A trap may not fault. So what is read lies in a window of fetch programs (fetched.h), and ends
 * where that does. A record takes half the ring at most, or there might never be room for it.
 */
#include "stream/stacks.h"

#if TL_STACK

#include "base/util.h"
#include "probe/regs.h"
#include "probe/returns.h"
#include "stream/fetched.h"
#include "stream/ring.h"
#include "stream/stream.h"

TL_RAM(".bss");

enum {
	WORD = sizeof(uintptr_t),
	KEPT = TL_STACK / WORD, /* words */
	/* Head, elapsed, registers or words of a program, shape, registers, the other stack
	   pointer. */
	BESIDES = TL_RECORD_HEAD + 2 * TL_RECORD_REGS + 3,
	MOST = (int)TL_RING_WORDS / 2 - BESIDES,
	OTHER_SHIFT = 16,
};

_Static_assert(TL_FETCH, "TL_STACK needs TL_FETCH");
_Static_assert(TL_STACK >= 64 && TL_STACK <= 32768, "TL_STACK");

/* ---- what is kept of former ones: shared equally ---- */

static uintptr_t kept[KEPT];
static uint16_t share; /* words of each */

static unsigned users(void)
{
	unsigned n = 0;

	for (const struct tl_remote *r = tl_remotes; r < tl_remotes + TL_PROBES; r++)
		n += r->id && r->stack;
	return n;
}

/* Nothing is known any more of what was sent. */
static void share_out(void)
{
	unsigned n = users(), at = 0;

	share = n ? (uint16_t)tl_udiv(KEPT, n) : 0;
	for (struct tl_remote *r = tl_remotes; r < tl_remotes + TL_PROBES; r++) {
		if (!r->id || !r->stack)
			continue;
		r->kept = (uint16_t)at;
		at += share;
	}
	tl_stream_start();
}

uintptr_t *tl_stack_kept(const struct tl_remote *r, unsigned *n)
{
	*n = share;
	return kept + r->kept;
}

int tl_stack_give(struct tl_remote *r, uintptr_t bytes)
{
	if (!(r->kind & TL_KIND_SNAPSHOT) || bytes < WORD)
		return -TL_EINVAL;
	if (bytes > (uintptr_t)(MOST > 0 ? MOST : 0) * WORD)
		return -TL_ERING;
	if (r->stack)
		return r->stack == bytes ? 0 : -TL_EBUSY;
	if (r->probe.state & TL_PROBE_ENABLED)
		return -TL_EBUSY;
	r->stack = (uint16_t)bytes;
	r->outside = r->kind & TL_KIND_RETURN || tl_arch_trap_guarded();
	r->probe.state &= (uint8_t) ~(TL_PROBE_COUNTED | TL_PROBE_RECORDED);
	share_out();
	return 0;
}

void tl_stack_take(struct tl_remote *r)
{
	if (!r->stack)
		return;
	r->stack = 0;
	share_out();
}

/* ---- at a hit ---- */

struct area {
	uintptr_t sp;
	unsigned words;
};
static struct area main_stack, other_stack; /* as measured */

/* From a stack pointer to the end of memory, `most` words of it. */
static void measure(struct area *a, uintptr_t sp, unsigned most)
{
	uintptr_t words = sp % WORD ? 0 : tl_fetch_room(sp) / WORD;

	a->sp = sp;
	a->words = words < most ? (unsigned)words : most;
}

unsigned tl_stack_measure(const struct tl_remote *r, const struct tl_regs *regs)
{
	unsigned want = r->stack / WORD, left;
	uintptr_t sp = tl_arch_other_stack(regs);

	measure(&main_stack, tl_core_of(regs)[TL_REG_SP], want);
	left = (unsigned)MOST - main_stack.words;
	measure(&other_stack, sp, !sp ? 0 : want < left ? want : left);
	return 1 + (r->program ? TL_RECORD_REGS : 0) + main_stack.words +
	       (other_stack.words ? 1 + other_stack.words : 0);
}

uintptr_t tl_stack_lr(const struct tl_regs *regs)
{
	return tl_return_real(tl_core_of(regs)[TL_REG_LR], tl_core_of(regs)[TL_REG_SP]);
}

/* A word as it would be if nothing were probed: what was interrupted in a slot stands at the probe,
 * or behind its instruction. */
static uintptr_t real(uintptr_t word, uintptr_t behind)
{
	const struct tl_point *pt = tl_point_inside(word);

	if (!pt || !pt->addr)
		return tl_return_real(word, behind);
	if (pt->insn.verdict == TL_SIMULATE || word == (uintptr_t)tl_slot_of(pt))
		return pt->addr;
	return pt->addr + pt->insn.len;
}

static bool copy(uintptr_t *to, const struct area *a, bool outside)
{
	if (!outside)
		for (unsigned i = 0; i < a->words; i++)
			to[i] = ((const volatile uintptr_t *)a->sp)[i];
	else if (tl_arch_read(a->sp, to, a->words * WORD))
		return false;
	for (unsigned i = 0; i < a->words; i++)
		to[i] = real(to[i], a->sp + (i + 1) * WORD);
	return true;
}

/* What cannot be read after all is not there. */
void tl_stack_write(const struct tl_remote *r, const struct tl_regs *regs, uintptr_t *to)
{
	uintptr_t *shape = to++;

	*shape = 0;
	if (r->program) {
		tl_copy(to, regs, TL_RECORD_REGS * WORD);
		to[TL_REG_LR] = tl_stack_lr(regs);
		to += TL_RECORD_REGS;
	}
	if (!copy(to, &main_stack, r->outside))
		return;
	*shape = main_stack.words;
	to += main_stack.words;
	if (!other_stack.words)
		return;
	*to++ = other_stack.sp;
	if (copy(to, &other_stack, r->outside))
		*shape |= (uintptr_t)other_stack.words << OTHER_SHIFT;
}

/* ---- on its way to the line ---- */

void tl_stack_shape(const struct tl_remote *r, uintptr_t shape, struct tl_stack_shape *to)
{
	to->any = true;
	to->regs = r->program;
	to->main = (uint16_t)shape;
	to->other = (uint16_t)(shape >> OTHER_SHIFT);
}

#endif
