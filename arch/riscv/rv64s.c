/* SPDX-License-Identifier: MIT */
/*
 * RV64 in supervisor mode.
 */
#include "rows.h"

RISCV_VARIANT(rv64, RISCV_SUPERVISOR);

const struct tl_isa riscv_rv64s = {
        .name = "rv64s",
        .word = 8,
        .gdb_arch = "riscv:rv64",
        RISCV_ISA(rv64, supervisor),
};
