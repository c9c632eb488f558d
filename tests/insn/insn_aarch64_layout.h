/* SPDX-License-Identifier: MIT */
/*
 * struct cpu of insn_aarch64.h as numbers, for assembly. insn_aarch64_run.c asserts them.
 */
#ifndef INSN_AARCH64_LAYOUT_H
#define INSN_AARCH64_LAYOUT_H

#define CPU_X(n)   ((n)*8)
#define CPU_SP_EL1 (31 * 8)
#define CPU_SP_EL0 (32 * 8)
#define CPU_PC     (33 * 8)
#define CPU_PSTATE (34 * 8)
#define CPU_FPSR   (35 * 8)
#define CPU_FPCR   (36 * 8)
#define CPU_CPACR  (37 * 8)
#define CPU_Q(n)   (38 * 8 + (n)*16)

#endif
