/* SPDX-License-Identifier: MIT */
/*
 * BBC micro:bit: nRF51822. The line is the UART at the pins of the interface chip's USB serial port: P0.24 transmits, P0.25
 * receives (micro:bit V1 schematic).
 */
#include "nrf51.h"

const struct tl_nrf51 tl_nrf51 = {.tx = 24, .rx = 25};

const struct tl_port tl_board_port = {
        .write = tl_nrf51_write,
        .ticks = tl_nrf51_ticks,
        .tick_hz = TL_NRF51_TICK_HZ,
        .board = "microbit",
        .build_id = __build_id,
};
