/* SPDX-License-Identifier: MIT */
/*
 * Jump probes: what a fast tracepoint (GDB's ftrace) is where that can be. Its instruction is
 * replaced by a jump to the point's pad (debug.h), which collects in the context itself, without a
 * trap, and goes on in the slot.
 *
 * Pads never change, and the pad of a point is its for as long as its slot is. So a context may be
 * suspended anywhere in either, whatever becomes of the probe: it comes out in the slot, or, if
 * there is no jump at the address any more, at the address itself.
 */
#include "gdb/gdb.h"
#include "trace/trace.h"

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
	for (const struct tl_kprobe *kp = pt->probes; kp; kp = kp->next)
		if ((kp->state & (TL_KP_ENABLED | TL_KP_FAST)) == TL_KP_ENABLED)
			return true;
	return false;
}

static bool steps(const struct tl_point *pt)
{
	for (const struct tl_kprobe *kp = pt->probes; kp; kp = kp->next)
		if (kp->state & TL_KP_ENABLED && ((const struct tl_tracepoint *)kp)->steps)
			return true;
	return false;
}

const char *tl_fast_refusal(const struct tl_point *pt)
{
	uint8_t code[TL_JUMP_LEN];

	if (shared(pt) || pt->stepped)
		return "others probe this address";
	if (steps(pt))
		return "it goes on stepping";
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

	return pt->armed == TL_ARMED_JUMP && tl_halt_claim(0, pt, TL_SIGNAL_TRAP)
	               ? tl_halt_stack + sizeof tl_halt_stack
	               : 0;
}

static void count(const struct tl_point *pt, bool missed)
{
	for (struct tl_kprobe *kp = pt->probes; kp; kp = kp->next)
		if (kp->state & TL_KP_ENABLED) {
			kp->hits++;
			if (missed)
				tl_miss(kp);
		}
}

uintptr_t tl_fast_hit(uintptr_t pad, struct tl_regs *regs)
{
	struct tl_point *pt = point_of(pad);

	if (pt->armed != TL_ARMED_JUMP)
		return pt->addr; /* it has just gone: run what stands there now */
	count(pt, !regs);
	if (regs) {
		tl_core(regs)[TL_REG_PC] = pt->addr;
		tl_trace_hit(pt, regs);
		tl_halt_leave();
	}
	return (uintptr_t)tl_slots[pt - tl_table.points];
}

void tl_fast_tell(const struct tl_tracepoint *tp)
{
	uintptr_t lock = tl_arch_lock();
	const char *refusal =
	        tp->kp.state & TL_KP_ENABLED ? tl_fast_refusal(&tl_table.points[tp->kp.point]) : 0;

	tl_arch_unlock(lock);
	if (tp->fast && refusal)
		tl_gdb_say("fast tracepoint", tp->kp.addr, " is no jump: ", refusal);
}

#endif
