/* SPDX-License-Identifier: MIT */
/*
 * The LPUART of STM32L4, L5, G4 and their relatives, 8N1. Follows RM0438, sections 49.7 (registers)
 * and 49.4.7 (baud rate). Received by interrupt, sent by polling; no state of its own.
 */
#ifndef TL_UART_STM32_LPUART_H
#define TL_UART_STM32_LPUART_H

#include <stdint.h>

/* Enables both directions and the receive interrupt; clock and pins are the caller's. `clock`: of
 * the LPUART, in Hz, 3 to 4096 times `baud`. */
void tl_stm32_lpuart_init(uintptr_t base, uint32_t clock, uint32_t baud);
/* Bytes received, 0 if none; never blocks. Also clears the receive interrupt. Context: any, one at
 * a time. */
int tl_stm32_lpuart_read(uintptr_t base, uint8_t *buf, int n);
/* Bytes accepted, 0 if busy; never blocks. Context: any, one at a time. */
int tl_stm32_lpuart_write(uintptr_t base, const uint8_t *buf, int n);

#endif
