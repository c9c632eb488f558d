/* SPDX-License-Identifier: MIT */
/*
 * nRF51 chips, and nRF52832, whose peripherals are alike: the UART as the line, TIMER1 for the
 * interrupt, TIMER0 running freely for the ticks. Follows the nRF51 Series Reference Manual,
 * chapters 13 (CLOCK), 19 (TIMER), 29 (UART).
 */
#ifndef TL_CHIP_NRF51_H
#define TL_CHIP_NRF51_H

#include "board.h"

enum { TL_NRF51_TICK_HZ = 1000000 };

struct tl_nrf51 {
	uint8_t tx, rx; /* pins of port 0 */
};

/* Defined by the board. */
extern const struct tl_nrf51 tl_nrf51;

/* For tl_board_port. */
int tl_nrf51_write(void *ctx, const uint8_t *buf, int n);
int tl_nrf51_read(void *ctx, uint8_t *buf, int n);
uint32_t tl_nrf51_ticks(void *ctx);
extern const char __build_id[];

#endif
