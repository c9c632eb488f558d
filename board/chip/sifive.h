/* SPDX-License-Identifier: MIT */
/*
 * SiFive's chips: a UART as the line, the CLINT's mtime for interrupt and ticks. Follows the SiFive
 * FE310-G002 manual and the FU540-C000 manual, chapters "CLINT", "UART", "GPIO", and QEMU's
 * machines `sifive_e` and `sifive_u`, whose mtime has rates of its own.
 */
#ifndef TL_CHIP_SIFIVE_H
#define TL_CHIP_SIFIVE_H

#include "board.h"

/* Defined by the board. */
extern const struct tl_sifive {
	uintptr_t uart;
	uint32_t uart_clock; /* Hz */
	uint8_t uart_irq;
	uint32_t mtime_hz;
	uintptr_t gpio;     /* 0 if no pins are to be switched: */
	uint32_t uart_pins; /* bit n: pin n is the UART's, as its first alternate function */
} tl_sifive;

/* For tl_board_port. */
int tl_sifive_write(void *ctx, const uint8_t *buf, int n);
int tl_sifive_read(void *ctx, uint8_t *buf, int n);
uint32_t tl_sifive_ticks(void *ctx);
extern const char __build_id[];

#endif
