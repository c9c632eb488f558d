/* SPDX-License-Identifier: MIT */
/*
 * BBC micro:bit: nRF51822. The line is the UART at the pins of the interface chip's USB serial
 * port: P0.24 transmits, P0.25 receives (micro:bit V1 schematic).
 */
#include "nrf51.h"
#include "nrf51_flash.h"

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

#if TL_FLASH
/* Nothing of it runs from reset to tl_flash_recover(), or in traps. */
static const struct tl_flash_area text[] = {
        {(uintptr_t)__flash_text, (uintptr_t)__flash_text_end, TL_NRF51_PAGE},
        {0, 0, 0},
};

static const struct tl_flash flash = {
        .text = text,
        .journal = (uintptr_t)__flash_spare,
        .journal_size = TL_NRF51_PAGE,
        .copies = (uintptr_t)(__flash_spare + TL_NRF51_PAGE),
        .copy_size = TL_NRF51_PAGE,
        .ncopies = 8,
        .erase = tl_nrf51_flash_erase,
        .program = tl_nrf51_flash_program,
};
#endif

const struct tl_port tl_board_port = {
        .write = tl_nrf51_write,
        .ticks = tl_nrf51_ticks,
        .tick_hz = TL_NRF51_TICK_HZ,
        .board = TL_BOARD,
        .build_id = __build_id,
        .read_halted = tl_nrf51_read,
        .memory = memory,
        .reset = tl_board_reset,
#if TL_FLASH
        .flash = &flash,
#endif
};
