/* SPDX-License-Identifier: MIT */
/*
 * Machine mode, or supervisor mode where the build says TL_RISCV_SUPERVISOR: what each calls the
 * same things. For C and assembly. Follows the RISC-V Instruction Set Manual, volume II, 20211203:
 * 3.1.6.1, 3.1.15, 4.1.1, 4.1.8.
 */
#ifndef TL_CHIP_RISCV_MODE_H
#define TL_CHIP_RISCV_MODE_H

#if TL_RISCV_SUPERVISOR
#define XSTATUS            sstatus
#define XIE                sie
#define XTVEC              stvec
#define XSCRATCH           sscratch
#define XEPC               sepc
#define XCAUSE             scause
#define XTVAL              stval
#define XRET               sret
#define XSTATUS_IE         0x2
#define XSTATUS_PIE        0x20
#define XSTATUS_PP         0x100
#define TIMER_INTERRUPT    5 /* bits of XIE, causes */
#define EXTERNAL_INTERRUPT 9
#else
#define XSTATUS            mstatus
#define XIE                mie
#define XTVEC              mtvec
#define XSCRATCH           mscratch
#define XEPC               mepc
#define XCAUSE             mcause
#define XTVAL              mtval
#define XRET               mret
#define XSTATUS_IE         0x8
#define XSTATUS_PIE        0x80
#define XSTATUS_PP         0x1800
#define TIMER_INTERRUPT    7 /* bits of XIE, causes */
#define EXTERNAL_INTERRUPT 11
#endif

#define XSTATUS_FS 0x6000

/* For C: "csrr %0, " CSR(XEPC) */
#define CSR_(name) #name
#define CSR(name)  CSR_(name)

#endif
