/* SPDX-License-Identifier: MIT */
/*
 * nRF52 DK (PCA10040): nRF52832. The line is the UART at the pins of the interface chip's USB
 * serial port: P0.06 transmits, P0.08 receives (nRF52 DK user guide, "Virtual COM port"). Its UART
 * without DMA, TIMER0, TIMER1, CLOCK and P0 are where an nRF51's are, and alike as far as the
 * driver uses them (nRF52832 Product Specification 1.4, chapters 19, 20, 24, 34).
 */
#include "nrf51.h"
#include "nrf51_flash.h"

const struct tl_nrf51 tl_nrf51 = {.tx = 6, .rx = 8};

/* nRF52832 Product Specification, chapter 8. */
static const struct tl_region memory[] = {
        {0x00000000, 0x00080000, true},      /* flash */
        {0x10000000, 0x00002000, TL_DEVICE}, /* FICR, UICR */
        {0x20000000, 0x00010000, false},     /* RAM */
        {0x40000000, 0x20000000, false},     /* peripherals */
        {0xe0000000, 0x00100000, false},     /* private peripheral bus */
        {0, 0, false},
};

#if TL_FLASH
/* Nothing of it runs from reset to tl_flash_recover(), or in traps. */
static const struct tl_flash_area text[] = {
        {(uintptr_t)__flash_text, (uintptr_t)__flash_text_end, TL_NRF52_PAGE},
        {0, 0, 0},
};

static const struct tl_flash flash = {
        .text = text,
        .journal = (uintptr_t)__flash_spare,
        .journal_size = TL_NRF52_PAGE,
        .copies = (uintptr_t)(__flash_spare + TL_NRF52_PAGE),
        .copy_size = TL_NRF52_PAGE,
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
