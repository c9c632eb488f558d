/* SPDX-License-Identifier: MIT */
/*
 * The UART of nRF51 chips, 8N1 without flow control. Follows the nRF51 Series Reference Manual,
 * chapter 29. Received by interrupt, sent by polling; there is one, so its state is here.
 */
#ifndef TL_UART_NRF51_H
#define TL_UART_NRF51_H

#include <stdint.h>

/* Enables both directions and the receive interrupt. `tx`, `rx`: pins of port 0; baud: one of 9600,
   115200, 230400, 1000000, else the next lower of them. */
void tl_nrf51_uart_init(unsigned tx, unsigned rx, uint32_t baud);
/* Bytes received, 0 if none; never blocks. Also clears the receive interrupt. Context: any, one at
 * a time. */
int tl_nrf51_uart_read(uint8_t *buf, int n);
/* Bytes accepted, 0 if busy; never blocks. Context: any, one at a time. */
int tl_nrf51_uart_write(const uint8_t *buf, int n);

#endif
