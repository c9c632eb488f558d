/* SPDX-License-Identifier: MIT */
/*
 * The APB UART of Arm's Cortex-M System Design Kit, as on the MPS2 boards. Follows DDI 0479,
 * section 4.3. Polled in both directions, or fed by its receive interrupt; no state of its own.
 */
#ifndef TL_UART_CMSDK_H
#define TL_UART_CMSDK_H

#include <stdint.h>

/* Enables both directions and the receive interrupt. `base`: its registers; `clock`: PCLK in Hz;
 * baud: clock / 16 at the most. */
void tl_cmsdk_init(uintptr_t base, uint32_t clock, uint32_t baud);
/* Bytes received, 0 if none; never blocks. Also clears the receive interrupt. Context: any, one at
 * a time. */
int tl_cmsdk_read(uintptr_t base, uint8_t *buf, int n);
/* Bytes accepted, 0 if busy; never blocks. Context: any, one at a time. */
int tl_cmsdk_write(uintptr_t base, const uint8_t *buf, int n);

#endif
