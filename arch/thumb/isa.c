/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M as data: what the variants' struct tl_isa, each beside its tables, have in common.
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E, and the Procedure Call Standard for the Arm Architecture
 * (AAPCS32), 6.1.
 */
#include <stddef.h>

#include "isa.h"
#include "rows.h"
#include "thumb.h"

const struct tl_reg thumb_reg_table[] = {
#define THUMB_REG(name, gdb, dwarf, kind) {#name, gdb, dwarf, kind},
#include "regs.def"
#undef THUMB_REG
};

/* entry.S addresses the registers by these numbers. */
_Static_assert(sizeof thumb_reg_table / sizeof *thumb_reg_table == THUMB_NCORE, "regs.def");
_Static_assert(offsetof(struct thumb_regs, r0) == 0, "r0");
_Static_assert(offsetof(struct thumb_regs, r12) == 48, "r12");
_Static_assert(offsetof(struct thumb_regs, sp) == 52, "sp");
_Static_assert(offsetof(struct thumb_regs, lr) == 56, "lr");
_Static_assert(offsetof(struct thumb_regs, pc) == 60, "pc");
_Static_assert(offsetof(struct thumb_regs, xpsr) == 64, "xpsr");
_Static_assert(offsetof(struct thumb_regs, exc_return) == 68, "exc_return");
_Static_assert(sizeof(struct thumb_regs) == 80, "size");

const char *const thumb_untrappable[] = {"NMI_Handler", "HardFault_Handler", NULL};
