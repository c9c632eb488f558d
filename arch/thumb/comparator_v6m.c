/* SPDX-License-Identifier: MIT */
/*
 * Armv6-M has comparators, but no DebugMonitor: where no debugger halts the core, a match does
 * nothing. Follows DDI 0419E C1.8.
 */
#include "error.h"
#include "thumb_target.h"

#if TL_COMPARATORS
int tl_arch_compare(uintptr_t addr, enum tl_compare how)
{
	(void)addr;
	return how >= TL_COMPARE_ON ? -TL_ENOSUP : 0;
}

bool tl_arch_left_over(const struct tl_regs *regs)
{
	(void)regs;
	return false;
}

struct tl_comparators tl_arch_comparators(void)
{
	struct tl_comparators none;

	none.count = none.used = 0;
	none.taken = false;
	return none;
}
#endif
