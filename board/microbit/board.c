/* SPDX-License-Identifier: MIT */
/*
 * BBC micro:bit: nRF51822. The line is the UART at the pins of the interface chip's USB serial
 * port: P0.24 transmits, P0.25 receives (micro:bit V1 schematic).
 */
#include "nrf51.h"

const struct tl_nrf51 tl_nrf51 = {.tx = 24, .rx = 25};

/* nRF51 Series Reference Manual, chapter 5. */
static const struct tl_region memory[] = {
        {0x00000000, 0x00040000, true},      /* flash */
        {0x10000000, 0x00002000, TL_DEVICE}, /* FICR, UICR */
        {0x20000000, 0x00004000, false},     /* RAM */
        {0x40000000, 0x20000000, false},     /* peripherals */
        {0xe0000000, 0x00100000, false},     /* private peripheral bus */
        {0, 0, false},
};

const struct tl_port tl_board_port = {
        .write = tl_nrf51_write,
        .ticks = tl_nrf51_ticks,
        .tick_hz = TL_NRF51_TICK_HZ,
        .board = TL_BOARD,
        .build_id = __build_id,
        .read_halted = tl_nrf51_read,
        .memory = memory,
        .reset = tl_board_reset,
};
