/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M as data: what the variants' struct tl_isa, each beside its tables, have in common.
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E, and the Procedure Call Standard for
 * the Arm Architecture (AAPCS32), 6.1.
 */
#include <stddef.h>

#include "frame.h"
#include "isa.h"
#include "rows.h"
#include "thumb.h"

const struct tl_reg thumb_reg_table[] = {
#define THUMB_REG(name, gdb, dwarf, kind) {TL_FOR_DECODING(#name), gdb, kind, dwarf},
#include "regs.def"
#undef THUMB_REG
};

_Static_assert(sizeof thumb_reg_table / sizeof *thumb_reg_table == THUMB_NCORE, "regs.def");

/* As assembly has them. */
#define AT(field, offset) _Static_assert(offsetof(struct thumb_regs, field) == (offset), #field)
AT(r0, 0);
AT(r4, THUMB_AT_R4);
AT(r8, THUMB_AT_R8);
AT(r12, THUMB_AT_R12);
AT(sp, THUMB_AT_SP);
AT(lr, THUMB_AT_LR);
AT(pc, THUMB_AT_PC);
AT(xpsr, THUMB_AT_XPSR);
AT(exc_return, THUMB_AT_EXC_RETURN);
AT(frame, THUMB_AT_FRAME);
_Static_assert(sizeof(struct thumb_regs) == THUMB_REGS, "size");

#ifndef TL_REG_PC /* for hosts */
/* CMSIS, libopencm3, Rust's cortex-m-rt, Zephyr, the Pico SDK, RIOT, TI. */
const char *const thumb_untrappable[] = {"NMI_Handler",
                                         "HardFault_Handler",
                                         "nmi_handler",
                                         "hard_fault_handler",
                                         "NonMaskableInt",
                                         "HardFault",
                                         "HardFaultTrampoline",
                                         "z_arm_nmi",
                                         "isr_nmi",
                                         "isr_hardfault",
                                         "nmi_default",
                                         "hard_fault_default",
                                         "NmiSR",
                                         "FaultISR",
                                         NULL};
#endif
