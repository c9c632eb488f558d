/* SPDX-License-Identifier: MIT */
/*
 * The USART of STM32F1, F2 and F4 chips, 8N1. Follows RM0090, section 30.6 (registers), 30.3.4
 * (baud rate). Received by interrupt, sent by polling; no state of its own.
 */
#ifndef TL_UART_STM32_H
#define TL_UART_STM32_H

#include <stdint.h>

/* Enables both directions and the receive interrupt; clock and pins are the caller's. `clock`: of
   its bus, in Hz; baud: clock / 16 at the most. */
void tl_stm32_usart_init(uintptr_t base, uint32_t clock, uint32_t baud);
/* Bytes received, 0 if none; never blocks. Also clears the receive interrupt. Context: any, one at
 * a time. */
int tl_stm32_usart_read(uintptr_t base, uint8_t *buf, int n);
/* Bytes accepted, 0 if busy; never blocks. Context: any, one at a time. */
int tl_stm32_usart_write(uintptr_t base, const uint8_t *buf, int n);

#endif
