/* SPDX-License-Identifier: MIT */
/*
 * The mock board: a line over memory, whose write can be made to refuse, and a clock that moves
 * with the instructions run and as tests say. A tick is a microsecond.
 */
#ifndef MOCK_BOARD_H
#define MOCK_BOARD_H

#include "trapline.h"

enum { MOCK_TICK_HZ = 1000000 };

struct mock_board {
	uint8_t rx[1 << 16], tx[1 << 18]; /* to the target, from it */
	unsigned rx_len, rx_at, tx_len;
	int most;    /* bytes that one write accepts; -1: all */
	int budget;  /* bytes accepted before writes are refused; -1: no end */
	uint32_t ms; /* passed besides what instructions took */
};
extern struct mock_board mock_board;
extern const struct tl_port mock_port;
/* What tl_port.ticks looks like to the agent: a return, or a jump to mock_cpu.ticks. False: not
 * there. */
bool mock_ticks_text(uintptr_t addr, uint8_t *to, unsigned n);

void mock_board_reset(void);
void mock_pass(uint32_t ms); /* time passes, polled every few milliseconds */

#endif
