/* SPDX-License-Identifier: MIT */
/*
 * The flash controller of nRF51 and nRF52 chips, for a struct tl_flash: a page is erased at once, a
 * word programmed. Follows the nRF51 Series Reference Manual, chapter 6, and the nRF52832 Product
 * Specification, chapter 11 (NVMC).
 */
#ifndef TL_CHIP_NRF51_FLASH_H
#define TL_CHIP_NRF51_FLASH_H

#include <stdint.h>

enum { TL_NRF51_PAGE = 1024, TL_NRF52_PAGE = 4096 };

int tl_nrf51_flash_erase(uintptr_t page);
int tl_nrf51_flash_program(uintptr_t at, const void *from, unsigned n);

/* The linker script's: code that stays in flash, and what is kept for the agent. */
extern const char __flash_text[], __flash_text_end[], __flash_spare[];

#endif
