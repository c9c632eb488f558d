/* SPDX-License-Identifier: MIT */
/*
 * SysTick as a board's timer interrupt, for chips that have no better one. Follows DDI 0403E B3.3.
 */
#ifndef TL_CHIP_SYSTICK_H
#define TL_CHIP_SYSTICK_H

#include <stdint.h>

/* Calls `tick` from SysTick_Handler, `hz` times a second. `clock`: the processor's, in Hz. */
void tl_systick_timer(uint32_t clock, uint32_t hz, void (*tick)(void));

#endif
