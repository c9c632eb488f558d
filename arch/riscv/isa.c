/* SPDX-License-Identifier: MIT */
/*
 * RISC-V as data: what RV32 and RV64, each beside its tables, have in common.
 *
 * Follows the RISC-V ELF psABI 1.0: "Integer Register Convention".
 */
#include <stddef.h>

#include "isa.h"
#include "riscv.h"
#include "rows.h"

const struct tl_reg riscv_reg_table[] = {
#define RISCV_REG(name, gdb, dwarf, kind) {TL_FOR_DECODING(#name), gdb, kind, dwarf},
#include "regs.def"
#undef RISCV_REG
};

/* Instructions address the registers by these numbers. */
_Static_assert(sizeof riscv_reg_table / sizeof *riscv_reg_table == RISCV_NCORE, "regs.def");
_Static_assert(offsetof(struct riscv_regs, ra) == 0, "ra");
_Static_assert(offsetof(struct riscv_regs, sp) == 1 * sizeof(uintptr_t), "sp");
_Static_assert(offsetof(struct riscv_regs, a0) == 9 * sizeof(uintptr_t), "a0");
_Static_assert(offsetof(struct riscv_regs, t6) == 30 * sizeof(uintptr_t), "t6");
_Static_assert(offsetof(struct riscv_regs, pc) == 31 * sizeof(uintptr_t), "pc");
