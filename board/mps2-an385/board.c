/* SPDX-License-Identifier: MIT */
/*
 * Arm MPS2 with the images AN385 (Cortex-M3), AN386 (M4F), AN500 (M7), which differ in the core
 * alone. Follows Arm DAI 0385, 0386 and 0500, sections 3 and 4.
 */
#include "mps2.h"

const struct tl_mps2 tl_mps2 = {
        .uart0 = 0x40004000,
        .timer0 = 0x40000000,
        .timer1 = 0x40001000,
        .clock = 25000000,
        .irq_uart0_rx = 0,
        .irq_timer0 = 8,
};

const struct tl_port tl_board_port = {
        .write = tl_mps2_write,
        .ticks = tl_mps2_ticks,
        .tick_hz = 25000000,
        .board = TL_BOARD,
        .build_id = __build_id,
        .read_halted = tl_mps2_read,
        .memory = tl_mps2_memory,
        .reset = tl_board_reset,
};
