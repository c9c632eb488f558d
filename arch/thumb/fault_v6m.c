/* SPDX-License-Identifier: MIT */
/*
 * What a trap was, where there is only HardFault and nothing tells why: Armv6-M. Follows DDI 0419E
 * B1.5 and B3.2.
 *
 * So tl_trap() goes by the PC: a breakpoint stands at a probed address, and at the end of a slot.
 * What the PC points to elsewhere is not read: if it could not be fetched, reading it in HardFault
 * would lock the core up.
 */
#include "arch.h"
#include "thumb.h"
#include "thumb_target.h"
#include "trapline.h"

void thumb_take_breakpoints(void)
{
	/* There is only HardFault. */
}

/* SVCall can be made pending by a debugger only: probes of SVC are refused (v6m.c). */
bool tl_arch_call(struct tl_regs *regs, const struct tl_insn *insn)
{
	(void)regs, (void)insn;
	return false;
}

bool thumb_examine(struct tl_regs *regs)
{
	return thumb_access_fixup(thumb_regs(regs)) || tl_trap(regs, TL_CAUSE_FAULT);
}
