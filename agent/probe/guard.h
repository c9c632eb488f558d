/* SPDX-License-Identifier: MIT */
/*
 * The firmware's code that must not be probed: what runs in a trap, and where no trap is possible.
 * Base level.
 */
#ifndef TL_GUARD_H
#define TL_GUARD_H

#include "arch.h"

/* What may be found in tl_port.ticks is not all that it runs: then it is not called in a trap. */
#if TL_DECODE
extern bool tl_ticks_opaque;

int tl_guard_check(uintptr_t addr); /* 0, or what a probe there is refused with; settles first */
bool tl_guard_runs(
        uintptr_t addr); /* does tl_port.ticks run that, as was noted last? Any context */
/* Is code there that runs where no trap is possible, as was noted last? Any context. */
bool tl_guard_within(uintptr_t start, uintptr_t size);
void tl_guard_settle(void); /* takes note of where that code begins now */
#else                       /* the host sees to all of it */
enum { tl_ticks_opaque = false };
static inline int tl_guard_check(uintptr_t addr)
{
	(void)addr;
	return 0;
}
static inline bool tl_guard_within(uintptr_t start, uintptr_t size)
{
	(void)start, (void)size;
	return false;
}
static inline void tl_guard_settle(void)
{
}
#endif
struct tl_root tl_guard_root(unsigned i); /* where: 0 ticks, then as tl_arch_root(); 0: nowhere */

#endif
