/* SPDX-License-Identifier: MIT */
/*
 * The flash of STM32F405 and its relatives, for a struct tl_flash: four sectors of 16 KiB, one of
 * 64, the others of 128; words are programmed (2.7 to 3.6 V). Follows RM0090, section 3. Not tried
 * on hardware.
 */
#ifndef TL_CHIP_STM32F4_FLASH_H
#define TL_CHIP_STM32F4_FLASH_H

#include <stdint.h>

enum { TL_STM32F4_SMALL = 0x4000, TL_STM32F4_LARGE = 0x20000 }; /* bytes of a sector */

int tl_stm32f4_flash_erase(uintptr_t sector);
int tl_stm32f4_flash_program(uintptr_t at, const void *from, unsigned n);

/* The linker script's: code that stays in flash, and what is kept for the agent. */
extern const char __flash_text[], __flash_text_end[], __flash_spare[];

#endif
