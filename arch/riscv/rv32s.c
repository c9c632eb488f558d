/* SPDX-License-Identifier: MIT */
/*
 * RV32 in supervisor mode.
 */
#include "rows.h"

RISCV_VARIANT(rv32, RISCV_SUPERVISOR);

const struct tl_isa riscv_rv32s = {
        .name = "rv32s",
        .word = 4,
        .gdb_arch = "riscv:rv32",
        RISCV_ISA(rv32, supervisor),
};
