/* SPDX-License-Identifier: MIT */
/*
 * The 16550 UART, registers one byte apart. Follows the National Semiconductor PC16550D datasheet,
 * section 8. Polled in both directions, or fed by its receive interrupt; no state of its own.
 */
#ifndef TL_UART_NS16550_H
#define TL_UART_NS16550_H

#include <stdint.h>

/* 8N1 at `baud` (clock / 16 at the most), FIFOs and the receive interrupt on. `base`: its
   registers; `clock`: its input, in Hz. */
void tl_ns16550_init(uintptr_t base, uint32_t clock, uint32_t baud);
/* Bytes received, 0 if none; never blocks. Reading all clears the receive interrupt. Context: any,
 * one at a time. */
int tl_ns16550_read(uintptr_t base, uint8_t *buf, int n);
/* Bytes accepted, 0 if busy; never blocks. Context: any, one at a time. */
int tl_ns16550_write(uintptr_t base, const uint8_t *buf, int n);

#endif
