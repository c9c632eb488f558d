/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M as data: one struct tl_isa per variant of the architecture.
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E, and the Procedure Call Standard for the Arm Architecture
 * (AAPCS32), 6.1.
 */
#include <stddef.h>

#include "isa.h"
#include "thumb.h"

static const struct tl_reg regs[] = {
#define THUMB_REG(name, gdb, dwarf, kind) {#name, gdb, dwarf, kind},
#include "regs.def"
#undef THUMB_REG
};

/* entry.S addresses the registers by these numbers. */
_Static_assert(sizeof regs / sizeof *regs == THUMB_NCORE, "regs.def");
_Static_assert(offsetof(struct thumb_regs, r0) == 0, "r0");
_Static_assert(offsetof(struct thumb_regs, r12) == 48, "r12");
_Static_assert(offsetof(struct thumb_regs, sp) == 52, "sp");
_Static_assert(offsetof(struct thumb_regs, lr) == 56, "lr");
_Static_assert(offsetof(struct thumb_regs, pc) == 60, "pc");
_Static_assert(offsetof(struct thumb_regs, xpsr) == 64, "xpsr");
_Static_assert(offsetof(struct thumb_regs, exc_return) == 68, "exc_return");
_Static_assert(sizeof(struct thumb_regs) == 80, "size");

static const char *const untrappable[] = {"NMI_Handler", "HardFault_Handler", NULL};

const struct tl_isa thumb_v7m = {
        .name = "armv7-m",
        .e_machine = 40, /* EM_ARM */
        .word = 4,
        .insn_align = 2,
        .insn_max = 4,
        .text_before = THUMB_IT_BEFORE,
        .text_after = 4 * THUMB_EXCL_INSNS,
        .slot_size = THUMB_SLOT_SIZE,
        .ncore = THUMB_NCORE,
        .pc = 15,
        .sp = 13,
        .lr = 14,
        .nargs = 4,
        .args = {0, 1, 2, 3},
        .retval = {0, 1},
        .regs = regs,
        .gdb_arch = "arm",
        .gdb_feature = "org.gnu.gdb.arm.m-profile",
        .brk_len = 2,
        .brk_point = {THUMB_BRK_POINT & 0xff, THUMB_BRK_POINT >> 8},
        .untrappable = untrappable,
        .insn_len = thumb_insn_len,
        .decode = thumb_decode,
        .slot_build = thumb_slot_build,
        .skip = thumb_skip,
        .simulate = thumb_simulate,
};
