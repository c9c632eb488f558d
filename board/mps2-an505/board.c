/* SPDX-License-Identifier: MIT */
/*
 * Arm MPS2 with the Cortex-M33 image AN505, in its secure state. Follows Arm DAI 0505, sections 3
 * (memory map) and 4 (interrupts). Everything is used at its secure address: after reset the
 * protection controllers leave memories and peripherals to that.
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

/* DAI 0505, section 3: secure addresses. */
static const struct tl_region memory[] = {
        {0x10000000, 0x00400000, false}, /* SSRAM 1: code */
        {0x30000000, 0x00008000, false}, /* SRAM of the subsystem */
        {0x38000000, 0x00400000, false}, /* SSRAM 2 and 3 */
        {0x40000000, 0x20000000, false}, /* peripherals */
        {0xe0000000, 0x00100000, false}, /* private peripheral bus */
        {0, 0, false},
};

const struct tl_port tl_board_port = {
        .write = tl_mps2_write,
        .ticks = tl_mps2_ticks,
        .tick_hz = 20000000,
        .board = TL_BOARD,
        .build_id = __build_id,
        .read_halted = tl_mps2_read,
        .memory = memory,
        .reset = tl_board_reset,
};
