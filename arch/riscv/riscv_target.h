/* SPDX-License-Identifier: MIT */
/*
 * The target half's parts, to each other.
 */
#ifndef RISCV_TARGET_H
#define RISCV_TARGET_H

#include "arch.h"
#include "mode.h"
#include "riscv.h"
#include "xlen.h"

/* stubs.S: `bytes` is 1, 2, 4, or 8 on RV64, and `addr` a multiple of it; 0, or 1 if the access
 * faults. */
int riscv_load(uintptr_t addr, unsigned bytes, uintptr_t *to);
int riscv_store(uintptr_t addr, unsigned bytes, uintptr_t value);

/* stubs.S: 0, or 1: there is no such trigger, or the core has none at all. */
int riscv_select_trigger(uintptr_t n);

/* trap.c, for entry.S: any exception; as tl_trap(). */
bool riscv_trap(struct tl_regs *regs, uintptr_t cause);
extern uintptr_t riscv_interrupted; /* highest stack pointer at an interrupt, less RISCV_REGS; 0:
                                       none came */
/* of the last exception that was not a fault-safe access's */
extern uintptr_t riscv_last_cause, riscv_last_tval;

/* stubs.S: all FP registers, 8 bytes each, to memory and back; one of them to memory. */
void riscv_fp_store(uint64_t *to);
void riscv_fp_load(const uint64_t *from);
void riscv_fp_get(unsigned n, uint64_t *to);

extern bool riscv_has_users; /* user mode has been probed */

/* trap.c: a trap has come from user mode, so that there are tasks. */
void riscv_saw_user(void);

extern uintptr_t riscv_pointers[2]; /* gp and tp, as tl_init() was called with */

/* patch.c: but for tl_arch_lock(). */
bool riscv_lets_interrupts_in(void);

/* patch.c: the fault of a fault-safe access: resumes where it reports failure. False: it was not
 * one. */
bool riscv_access_fixup(struct riscv_regs *regs);

#endif
