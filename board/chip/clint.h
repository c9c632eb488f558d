/* SPDX-License-Identifier: MIT */
/*
 * The core-local interruptor as the timer of riscv_timer.h. Follows the SiFive E31 manual, chapter
 * "CLINT"; the RISC-V Instruction Set Manual, volume II, 20211203: 3.2.1 (mtime, mtimecmp).
 */
#ifndef TL_CHIP_CLINT_H
#define TL_CHIP_CLINT_H

#include <stdint.h>

/* `base`: of its registers. Before all else. */
void tl_clint_init(uintptr_t base);

#endif
