/* SPDX-License-Identifier: MIT */
/*
 * A board: what firmware on it needs besides the agent. The agent itself never asks a board: it
 * sees the struct tl_port that firmware passes to tl_init().
 *
 * Porting guide. Copy board/template/ to board/<name>/ and fill in, in this order:
 *   board.mk    ISA, shared drivers, packages
 *               `make BOARD=<name>` builds
 *   link.ld     memory; keeps .note.gnu.build-id; tl_text of its own (Cortex-M: MEMORY alone,
 *               board/chip/cortex_m.ld has the rest; on flash chips probed text runs in RAM)
 *               `trapline info` shows the build-id
 *   board.c     the port, and the functions below (TL_BOARD is its name; a board that is like
 *               another but for its core has neither: `<name>.like` in board.mk)
 *               `make demo BOARD=<name>`
 *   qemu.args   the emulator's command line, without kernel and serial port
 *   openocd.cfg where there is real hardware
 *               `make flash BOARD=<name>`
 *
 * A board that no emulator runs has no qemu.args: of it only the demo is built with the others.
 * Where a chip has no free timer of 32 bits, board/chip/dwt.h gives the core's cycle counter as
 * ticks.
 *
 * UART drivers are shared, in board/uart/, and what chips have in common in board/chip/: add there
 * only what none of them serves. Everything is required.
 */
#ifndef TL_BOARD_H
#define TL_BOARD_H

#include <stdint.h>

#include "trapline.h"

/* Clocks, UART at `baud` with its receive interrupt feeding tl_rx(), the tick counter. Called once,
 * before tl_init(). */
void tl_board_init(uint32_t baud);

/* The port to pass to tl_init(): UART, ticks, name, build-id. */
extern const struct tl_port tl_board_port;

/* Calls `tick` from an interrupt, `hz` times a second (1 to 100000). */
void tl_board_timer(uint32_t hz, void (*tick)(void));

/* Waits for an interrupt. */
void tl_board_idle(void);

/* Resets the board as its reset button would. */
void tl_board_reset(void);

#endif
