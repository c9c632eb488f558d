/* SPDX-License-Identifier: MIT */
/*
 * RV32 in machine mode.
 */
#include "rows.h"

RISCV_VARIANT(rv32, RISCV_MACHINE);

const struct tl_isa riscv_rv32 = {
        .name = "rv32",
        .word = 4,
        .gdb_arch = "riscv:rv32",
        RISCV_ISA(rv32, machine),
};
