/* SPDX-License-Identifier: MIT */
/*
 * <Board>: vectors, clocks, <UART>, timers. Follows <document, sections>.
 * <Which UART is the line, which timer interrupts, which counter gives the ticks.>
 */
#include "board.h"

/* #include "<driver>.h" */

enum { SYSTEM_CLOCK = 0 /* Hz */ };

extern const char __build_id[];

/* ---- the port ---- */

static int port_write(void *ctx, const uint8_t *buf, int n)
{
	/* The driver's write: what the UART takes at once, never waiting. */
	(void)ctx, (void)buf, (void)n;
	return 0;
}

static int port_read(void *ctx, uint8_t *buf, int n)
{
	/* The driver's read: what has come, never waiting. For GDB, while interrupts are locked
	 * out. */
	(void)ctx, (void)buf, (void)n;
	return 0;
}

static uint32_t port_ticks(void *ctx)
{
	/* A free-running counter of 32 bits, counting up. */
	(void)ctx;
	return 0;
}

const struct tl_port tl_board_port = {
        .write = port_write,
        .ticks = port_ticks,
        .tick_hz = SYSTEM_CLOCK,
        .board = TL_BOARD,
        .build_id = __build_id,
        .read_halted = port_read,
        .reset = tl_board_reset,
};

/* The UART's receive interrupt: read what is there, pass it to tl_rx(). */

/* ---- the contract: board.h ---- */

void tl_board_init(uint32_t baud)
{
	(void)baud;
}

void tl_board_timer(uint32_t hz, void (*tick)(void))
{
	(void)hz, (void)tick;
}

void tl_board_idle(void)
{
}

void tl_board_reset(void)
{
}

/* Startup and vectors: board/chip/cortex_m.c for a Cortex-M (it calls tl_board_irq()); else here,
 * with the agent's trap handlers in them. */
