/* SPDX-License-Identifier: MIT */
/*
 * Jump probes: what a fast tracepoint (GDB's ftrace) is where that can be. Its instruction is
 * replaced by a jump to the point's pad (debug.h). The pad collects in the context itself, without
 * a trap, and goes on in the slot.
 *
 * Pads never change, and a point keeps its pad for as long as its slot. So a context may be
 * suspended anywhere in either, whatever becomes of the probe. It comes out in the slot, or, if
 * there is no jump at the address any more, at the address itself.
 */
#include "probe/jump.h"

#include "probe/budget.h"
#include "probe/stops.h"
#include "probe/trap.h"

#if TL_FAST

static uintptr_t pad_of(const struct tl_point *pt)
{
	return tl_arch_pads.first + (uintptr_t)(pt - tl_table.points) * TL_PAD_SIZE;
}

static struct tl_point *point_of(uintptr_t pad)
{
	return &tl_table.points[(unsigned)(pad - tl_arch_pads.first) / TL_PAD_SIZE];
}

struct tl_point *tl_fast_point(uintptr_t pc, unsigned *at)
{
	struct tl_point *pt;

	if (pc - tl_arch_pads.first >= TL_POINTS * TL_PAD_SIZE)
		return 0;
	pt = point_of(pc);
	*at = (unsigned)(pc - pad_of(pt));
	return pt;
}

bool tl_fast_code(uintptr_t addr)
{
	return addr - tl_arch_pads.first < tl_arch_pads.end - tl_arch_pads.first;
}

bool tl_fast_jump(const struct tl_point *pt, uint8_t *code)
{
	return tl_arch_isa->jump && tl_arch_isa->jump(pt->addr, pad_of(pt), code);
}

static bool shared(const struct tl_point *pt)
{
	enum { WANTS = TL_PROBE_ENABLED | TL_PROBE_JUMP };

	for (const struct tl_probe *p = pt->probes; p; p = p->next)
		if ((p->state & WANTS) == TL_PROBE_ENABLED)
			return true;
	return false;
}

/* Why a front would rather not; NULL: none objects. */
static const char *objection(const struct tl_point *pt)
{
	const char *why = 0;

	for (const struct tl_probe *p = pt->probes; p && !why; p = p->next)
		if (p->state & TL_PROBE_ENABLED && p->front->no_jump)
			why = p->front->no_jump(p);
	return why;
}

const char *tl_fast_refusal(const struct tl_point *pt)
{
	uint8_t code[TL_JUMP_LEN];

	if (shared(pt) || pt->stepped)
		return "others probe this address";
	if (objection(pt))
		return objection(pt);
	if (pt->insn.len != TL_JUMP_LEN)
		return "the instruction is shorter than a jump";
	if (!pt->go)
		return "the instruction is simulated";
	if (pt->insn.flags & TL_INSN_LEAVES)
		return "the instruction leaves for good";
	if (pt->insn.flags & TL_INSN_PREDICATED)
		return "the instruction may be predicated";
	if (!pt->boosted || !tl_fast_jump(pt, code))
		return "a jump does not reach so far";
	return 0;
}

/* ---- hits, in a pad: interrupts are locked out ---- */

void *tl_fast_claim(uintptr_t pad)
{
	const struct tl_point *pt = point_of(pad);

	return pt->armed == TL_ARMED_JUMP ? tl_stops.claim(pt) : 0;
}

static void count(const struct tl_point *pt, bool missed)
{
	for (struct tl_probe *p = pt->probes; p; p = p->next)
		if (p->state & TL_PROBE_ENABLED) {
			p->hits++;
			if (missed)
				tl_miss(p);
		}
}

uintptr_t tl_fast_hit(uintptr_t pad, struct tl_regs *regs)
{
	struct tl_point *pt = point_of(pad);

	if (pt->armed != TL_ARMED_JUMP)
		return pt->addr; /* it has just gone: run what stands there now */
	count(pt, !regs);
	if (regs) {
		uint32_t begin = tl_budget_begin();

		tl_set_pc(regs, pt->addr);
		tl_stops.collect(pt, regs);
		tl_budget_charge(pt, begin, 0);
	}
	return (uintptr_t)tl_slot_of(pt);
}

#endif
