/* SPDX-License-Identifier: MIT */
/*
 * AArch64 as data. Follows the Procedure Call Standard for the Arm 64-bit Architecture (AAPCS64),
 * 6.1.1.
 */
#include <stddef.h>

#include "a64.h"
#include "isa.h"
#include "rows.h"

static const struct tl_reg regs[] = {
#define A64_REG(name, gdb, dwarf, kind) {TL_FOR_DECODING(#name), gdb, kind, dwarf},
#include "regs.def"
#undef A64_REG
};

/* Instructions address the registers by these numbers. */
_Static_assert(sizeof regs / sizeof *regs == A64_NCORE, "regs.def");
_Static_assert(offsetof(struct a64_regs, x30) == A64_LR * sizeof(uintptr_t), "x30");
_Static_assert(offsetof(struct a64_regs, sp) == A64_SP * sizeof(uintptr_t), "sp");
_Static_assert(offsetof(struct a64_regs, cpsr) == 33 * sizeof(uintptr_t), "cpsr");

#if TL_DECODE
static const struct tl_tables tables = {.wide = {a64_wide}};
#endif

const struct tl_isa a64_v8a = {
        .name = "aarch64",
        .e_machine = 183, /* EM_AARCH64 */
        .word = 8,
        .insn_align = 4,
        .insn_max = 4,
        .text_before = 0,
        .text_after = 4 * A64_TRAP_INSNS,
        .slot_size = A64_SLOT_SIZE,
        .ncore = A64_NCORE,
        .pc = 32,
        .sp = A64_SP,
        .lr = A64_LR,
        .nargs = 8,
        .args = {0, 1, 2, 3, 4, 5, 6, 7},
        .retval = {0, 1},
        .regs = regs,
        .gdb_arch = "aarch64",
#if TL_DECODE
        .gdb_feature = "org.gnu.gdb.aarch64.core",
        .variant = &tables,
        .insn_len = a64_insn_len,
        .decode = a64_decode,
        .breakpoint = a64_breakpoint,
        .slot_build = a64_slot_build,
        .simulate = a64_simulate,
        .returns = TL_FOR_RETURNS(a64_returns),
        .goes = a64_goes,
        .onward = a64_onward,
        .trap_use = TL_FOR_HOSTS(a64_trap_use),
#endif
};
