/* SPDX-License-Identifier: MIT */
/*
 * What boards with a Cortex-M share: startup, the system vectors, interrupt enable, reset. Follows
 * DDI 0403E B1.5.3 (vectors), B3.2.6 (AIRCR), B3.2.20 (CPACR), B3.4 (NVIC).
 */
#ifndef TL_CHIP_CORTEX_M_H
#define TL_CHIP_CORTEX_M_H

#include <stdint.h>

/* The board's interrupt handler: `irq` counts from 0. All external vectors lead here. */
void tl_board_irq(unsigned irq);

/* Enables external interrupt `irq` (0 to 95). */
void tl_cortex_m_enable(unsigned irq);
void tl_cortex_m_reset(void) __attribute__((noreturn));

#endif
