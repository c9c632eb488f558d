/* SPDX-License-Identifier: MIT */
/*
 * RV64 in machine mode.
 */
#include "rows.h"

RISCV_VARIANT(rv64, RISCV_MACHINE);

const struct tl_isa riscv_rv64 = {
        .name = "rv64",
        .word = 8,
        .gdb_arch = "riscv:rv64",
        RISCV_ISA(rv64, machine),
};
