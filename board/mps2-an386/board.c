/* SPDX-License-Identifier: MIT */
/*
 * Arm MPS2 with the Cortex-M4F image AN386. Follows Arm DAI 0386, sections 3 and 4.
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
        .board = "mps2-an386",
        .build_id = __build_id,
};
