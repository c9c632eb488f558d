/* SPDX-License-Identifier: MIT */
/*
 * SiFive's UART. Follows the SiFive FE310-G002 manual, chapter 18, and the FU540-C000 manual,
 * chapter 13. Polled in both directions, or fed by its receive interrupt; no state of its own.
 */
#ifndef TL_UART_SIFIVE_UART_H
#define TL_UART_SIFIVE_UART_H

#include <stdint.h>

/* 8N1 at `baud` (clock / 16 at the most), the receive interrupt on. `base`: its registers; `clock`:
 * its input, in Hz. */
void tl_sifive_uart_init(uintptr_t base, uint32_t clock, uint32_t baud);
/* Bytes received, 0 if none; never blocks. Reading all clears the receive interrupt. Context: any,
 * one at a time. */
int tl_sifive_uart_read(uintptr_t base, uint8_t *buf, int n);
/* Bytes accepted, 0 if busy; never blocks. Context: any, one at a time. */
int tl_sifive_uart_write(uintptr_t base, const uint8_t *buf, int n);

#endif
