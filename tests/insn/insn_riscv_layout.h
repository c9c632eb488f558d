/* SPDX-License-Identifier: MIT */
/*
 * struct cpu of insn_riscv.h as numbers, for assembly. insn_riscv_run.c asserts them.
 */
#ifndef INSN_RISCV_LAYOUT_H
#define INSN_RISCV_LAYOUT_H

#include "riscv/mode.h"
#include "riscv/xlen.h"

#define CPU_X(n)    (((n)-1) * RISCV_WORD)
#define CPU_PC      (31 * RISCV_WORD)
#define CPU_F(n)    (32 * RISCV_WORD + (n)*8)
#define CPU_FCSR    (32 * RISCV_WORD + 256)
#define CPU_MSTATUS (33 * RISCV_WORD + 256)

#endif
