/* SPDX-License-Identifier: MIT */
/*
 * What a trap was, by the fault status registers: Armv7-M and Armv8-M. Follows DDI 0403E B3.2.15 to
 * B3.2.18 and C1.6.5 (DEMCR).
 */
#include "arch.h"
#include "thumb.h"
#include "thumb_target.h"
#include "trapline.h"

void thumb_take_breakpoints(void)
{
	/* Where the core has DebugMonitor, breakpoints go there unless masked by priority: at the
	 * highest, so that few are. */
	THUMB_REG32(THUMB_DEMCR) |= THUMB_DEMCR_MON_EN;
	if (THUMB_REG32(THUMB_DEMCR) & THUMB_DEMCR_MON_EN)
		THUMB_REG32(THUMB_SHPR3) &= ~0xffu;
}

/* Is the instruction a breakpoint, or compared? Then it has not run itself: where a comparator is a
 * point's, it runs in a slot. */
static bool traps(const struct tl_regs *regs)
{
	return tl_arch_at_breakpoint(regs) ||
	       thumb_compared(((const struct thumb_regs *)(const void *)regs)->pc);
}

/*
 * With fault status bits set: they are this trap's, or old ones that the firmware never cleared.
 * Reading the instruction tells, where it was surely fetched.
 */
static unsigned cause_of(const struct tl_regs *regs, uint32_t cfsr)
{
	uint32_t exception = thumb_ipsr();

	if (exception == THUMB_DEBUGMON)
		return TL_CAUSE_BREAK;
	if (exception == THUMB_MEMMANAGE)
		return TL_CAUSE_MEMORY;
	if (exception == THUMB_BUSFAULT)
		return TL_CAUSE_BUS;
	if (!(cfsr & THUMB_CFSR_NOT_FETCHED) && traps(regs))
		return TL_CAUSE_BREAK;
	if (exception == THUMB_USAGEFAULT || cfsr & THUMB_CFSR_USAGE)
		return TL_CAUSE_USAGE;
	if (cfsr & THUMB_CFSR_BUS)
		return TL_CAUSE_BUS;
	return cfsr & THUMB_CFSR_MEM ? TL_CAUSE_MEMORY : TL_CAUSE_FAULT;
}

bool thumb_examine(struct tl_regs *regs)
{
	struct thumb_regs *r = thumb_regs(regs);
	uint32_t cfsr = THUMB_REG32(THUMB_CFSR);
	unsigned cause = cause_of(regs, cfsr);
	bool ours = thumb_access_fixup(r) || tl_trap(regs, cause);

	if (ours && cause != TL_CAUSE_BREAK)
		THUMB_REG32(THUMB_CFSR) = cfsr;
	return ours;
}

void (*thumb_no_frame(struct tl_regs *regs))(void)
{
	thumb_regs(regs)->pc = 0; /* nowhere */
	tl_trap(regs, TL_CAUSE_FAULT);
	return thumb_chained();
}
