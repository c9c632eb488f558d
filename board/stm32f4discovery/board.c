/* SPDX-License-Identifier: MIT */
/*
 * STM32F4DISCOVERY: STM32F407VG. The line is USART2: PA2 transmits, PA3 receives, to a serial
 * adapter of 3.3 V, since the board's own USB leads to no UART. Follows RM0090, table 62 (vectors)
 * and section 2.3 (memory map), and the STM32F407 data sheet, table 9 (alternate functions).
 */
#include "stm32f4.h"
#include "stm32f4_flash.h"

const struct tl_stm32f4 tl_stm32f4 = {
        .usart = 0x40004400,
        .gpio = 0x40020000,
        .irq_usart = 38,
        .tx = 2,
        .rx = 3,
        .function = 7,
        .gpio_clock = 0,
        .usart_clock = 17,
        .apb1 = true,
};

/* RM0090, section 2.3. */
static const struct tl_region memory[] = {
        {0x00000000, 0x00100000, true},  /* flash again */
        {0x08000000, 0x00100000, true},  /* flash */
        {0x10000000, 0x00010000, false}, /* core-coupled RAM */
        {0x1fff0000, 0x00007a10, true},  /* system memory */
        {0x20000000, 0x00020000, false}, /* SRAM */
        {0x40000000, 0x20000000, false}, /* peripherals */
        {0xe0000000, 0x00100000, false}, /* private peripheral bus */
        {0, 0, false},
};

#if TL_FLASH
/* Nothing of it runs from reset to tl_flash_recover(), or in traps. */
static const struct tl_flash_area text[] = {
        {(uintptr_t)__flash_text, (uintptr_t)__flash_text_end, TL_STM32F4_SMALL},
        {0, 0, 0},
};

static const struct tl_flash flash = {
        .text = text,
        .journal = (uintptr_t)__flash_spare,
        .journal_size = TL_STM32F4_LARGE,
        .copies = (uintptr_t)(__flash_spare + TL_STM32F4_LARGE),
        .copy_size = TL_STM32F4_LARGE,
        .ncopies = 1,
        .erase = tl_stm32f4_flash_erase,
        .program = tl_stm32f4_flash_program,
};
#endif

const struct tl_port tl_board_port = {
        .write = tl_stm32f4_write,
        .ticks = tl_stm32f4_ticks,
        .tick_hz = TL_STM32F4_TICK_HZ,
        .board = TL_BOARD,
        .build_id = __build_id,
        .read_halted = tl_stm32f4_read,
        .memory = memory,
        .reset = tl_board_reset,
#if TL_FLASH
        .flash = &flash,
#endif
};
