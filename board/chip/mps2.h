/* SPDX-License-Identifier: MIT */
/*
 * Arm MPS2 boards: CMSDK UART 0 as the line, timer 0 for the interrupt, timer 1 running freely for
 * the ticks. Each board's FPGA image has them at its own addresses: board.c says where. Follows Arm
 * DDI 0479, sections 4.2 and 4.3.
 */
#ifndef TL_CHIP_MPS2_H
#define TL_CHIP_MPS2_H

#include "board.h"

struct tl_mps2 {
	uintptr_t uart0, timer0, timer1;
	uint32_t clock; /* Hz, of UART and timers */
	uint8_t irq_uart0_rx, irq_timer0;
};

/* Defined by the board. */
extern const struct tl_mps2 tl_mps2;

/* For tl_board_port. */
int tl_mps2_write(void *ctx, const uint8_t *buf, int n);
int tl_mps2_read(void *ctx, uint8_t *buf, int n);
uint32_t tl_mps2_ticks(void *ctx);
/* Of the images that have code memory at 0. */
extern const struct tl_region tl_mps2_memory[];
extern const char __build_id[];

#endif
