/* SPDX-License-Identifier: MIT */
/*
 * Arming: what makes a point's instruction trap. A jump to its pad, or a breakpoint, is patched
 * into the text; where the text does not take it, a comparator of the core holds the address, if
 * one is free. With interrupts locked out.
 */
#ifndef TL_ARM_H
#define TL_ARM_H

#include "probe/table.h"

/*
 * TL_COMPARE_ON arms, TL_COMPARE_OFF disarms; TL_COMPARE_HELD does for a while, for which a
 * comparator stays the point's own. 0; -TL_EROM: there is neither text that takes a patch nor a
 * comparator, and the point is not armed; or, where it was to be disarmed, the text does not take
 * that, and the breakpoint goes on being stepped.
 */
int tl_arm(struct tl_point *pt, enum tl_compare how);

/*
 * Would a probe there be accepted, and armed, if `flash` by a page of flash? How its instruction
 * would be stepped, enum tl_step, TL_STEP_COMPARATOR and TL_STEP_FLASH; or -TL_E…, as
 * tl_register_kprobe() says. Any context but a trap, interrupts as they are.
 */
int tl_arm_check(uintptr_t addr, bool returns, bool flash, struct tl_insn *insn);

#endif
