/* SPDX-License-Identifier: MIT */
/*
 * Arm's PL011 UART, 8N1. Follows DDI 0183G, chapter 3. Its FIFOs are on. Received by interrupt,
 * sent by polling; no state of its own.
 */
#ifndef TL_UART_PL011_H
#define TL_UART_PL011_H

#include <stdint.h>

/* Enables both directions and the receive interrupt; clock and pins are the caller's. `clock`: its
 * UARTCLK, in Hz; baud: clock / 16 at the most. */
void tl_pl011_init(uintptr_t base, uint32_t clock, uint32_t baud);
/* Bytes received, 0 if none; never blocks. Also clears the receive interrupt. Context: any, one at
 * a time. */
int tl_pl011_read(uintptr_t base, uint8_t *buf, int n);
/* Bytes accepted, 0 if busy; never blocks. Context: any, one at a time. */
int tl_pl011_write(uintptr_t base, const uint8_t *buf, int n);

#endif
