/* SPDX-License-Identifier: MIT */
/*
 * Breakpoints in flash: pages are rewritten with them, where a probe asks for it (TL_PROBE_FLASH)
 * and the firmware has said how (tl_port.flash).
 *
 * A point whose text is in flash is armed when its page is written, and stays so until that is
 * written back. Meanwhile it is enabled and disabled as any other; what hits it while it is not to
 * trap is stepped and nothing else (tl_point.quiet).
 */
#ifndef TL_PROBE_FLASH_H
#define TL_PROBE_FLASH_H

#include "probe/table.h"

#if TL_FLASH
/* Is the instruction in flash that may be written? 0: it is not in flash; 1; -TL_EPAGE: in a page
 * that must stay as it is. Base level. */
int tl_flash_may(uintptr_t addr, unsigned len);

/*
 * Writes a page whose breakpoints are not those that points want: points that are gone leave; with
 * `add` new ones come. Interrupts are locked out as long as that takes. 1: a page was written; 0:
 * there is none to write; -TL_EPAGES, -TL_EFLASH, -TL_EPAGE: none of those that are left takes it.
 * Base level.
 */
int tl_flash_step(bool add);
/* How many pages tl_flash_step() would write. */
unsigned tl_flash_left(bool add);

/* What points that are gone have left is written back, a page a call. Base level. */
void tl_flash_settle(void);
/* A point's page is written back, or all are: before the firmware's own handler of a fault runs. In
 * a trap, interrupts locked out. */
void tl_flash_back(const struct tl_point *pt);
void tl_flash_all_back(void);

/* A point has no probe left: its page waits for tl_flash_settle(). */
extern bool tl_flash_stale;

/* Pages with breakpoints; pages erased, and put back by a start, since the journal is there. */
struct tl_flash_state {
	unsigned used;
	uint32_t erases, back;
};
struct tl_flash_state tl_flash_now(void);
#else
enum { tl_flash_stale };
static inline void tl_flash_back(const struct tl_point *pt)
{
	(void)pt;
}
static inline void tl_flash_all_back(void)
{
}
static inline void tl_flash_settle(void)
{
}
#endif

#endif
