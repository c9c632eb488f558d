/* SPDX-License-Identifier: MIT */
/*
 * The mode in which firmware and agent run: machine mode, or supervisor mode where the build says
 * TL_RISCV_SUPERVISOR (kernels, under SBI firmware). It has registers of its own, of the same names
 * but for the first letter; and the same fields of its status, but for where they are. For C and
 * assembly, of the target half.
 *
 * Follows the RISC-V Instruction Set Manual, volume II, 20211203: 3.1.6.1 (xIE, xPIE, xPP), 3.1.7,
 * 3.1.9, 3.1.13 to 3.1.16, 3.3.2; 4.1.1 to 4.1.9.
 */
#ifndef RISCV_MODE_H
#define RISCV_MODE_H

#if TL_RISCV_SUPERVISOR

#define XSTATUS  sstatus
#define XIE      sie
#define XTVEC    stvec
#define XSCRATCH sscratch
#define XEPC     sepc
#define XCAUSE   scause
#define XTVAL    stval
#define XRET     sret

#define RISCV_STATUS_IE  0x2
#define RISCV_STATUS_PIE 0x20
#define RISCV_STATUS_PP  0x100 /* 0: user mode */

#else

#define XSTATUS  mstatus
#define XIE      mie
#define XTVEC    mtvec
#define XSCRATCH mscratch
#define XEPC     mepc
#define XCAUSE   mcause
#define XTVAL    mtval
#define XRET     mret

#define RISCV_STATUS_IE  0x8
#define RISCV_STATUS_PIE 0x80
#define RISCV_STATUS_PP  0x1800 /* 0: user mode, all ones: machine mode */

#endif

#define RISCV_STATUS_FS 0x6000 /* 0: there are no FP registers for now */

#define RISCV_IE_TO_PIE 4 /* bits that a trap shifts IE by */

/* For C: "csrr %0, " CSR(XEPC) */
#define CSR_(name) #name
#define CSR(name)  CSR_(name)

#endif
