/* SPDX-License-Identifier: MIT */
/*
 * Arm MPS2 with the Cortex-M33 image AN505, in its secure state. Follows Arm DAI 0505, sections 3 (memory map) and 4
 * (interrupts). Everything is used at its secure address: after reset the protection controllers leave memories and peripherals
 * to that.
 */
#include "mps2.h"

const struct tl_mps2 tl_mps2 = {
        .uart0 = 0x50200000,
        .timer0 = 0x50000000,
        .timer1 = 0x50001000,
        .clock = 20000000,
        .irq_uart0_rx = 32,
        .irq_timer0 = 3,
};

const struct tl_port tl_board_port = {
        .write = tl_mps2_write,
        .ticks = tl_mps2_ticks,
        .tick_hz = 20000000,
        .board = "mps2-an505",
        .build_id = __build_id,
};
