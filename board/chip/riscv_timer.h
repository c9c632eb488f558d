/* SPDX-License-Identifier: MIT */
/*
 * The timer of a RISC-V core: clint.c, which machine mode writes to, or sbi.c, by which supervisor
 * mode asks for it.
 */
#ifndef TL_CHIP_RISCV_TIMER_H
#define TL_CHIP_RISCV_TIMER_H

#include <stdint.h>

uint64_t tl_riscv_time(void);
uint32_t tl_riscv_ticks(void); /* its low word, faster */
/* The timer's interrupt is pending from that time on, until it is set anew. Context: any. */
void tl_riscv_alarm(uint64_t at);

#endif
