/* SPDX-License-Identifier: MIT */
/*
 * nRF51 and nRF52 flash: see nrf51_flash.h. The CPU stands while the controller erases a page or
 * programs a word, so this may run from flash. What has been interrupted may be the firmware's own
 * writing of flash: it finds CONFIG as it was.
 */
#include "nrf51_flash.h"

#include "trapline.h"

#define REG(addr) (*(volatile uint32_t *)(addr))

#define NVMC_READY     REG(0x4001e400u)
#define NVMC_CONFIG    REG(0x4001e504u)
#define NVMC_ERASEPAGE REG(0x4001e508u)

enum { WRITE = 1, ERASE = 2 };

TL_NOPROBE static void wait(void)
{
	while (!(NVMC_READY & 1))
		;
}

TL_NOPROBE int tl_nrf51_flash_erase(uintptr_t page)
{
	uint32_t was = NVMC_CONFIG;

	wait();
	NVMC_CONFIG = ERASE;
	wait();
	NVMC_ERASEPAGE = page;
	wait();
	NVMC_CONFIG = was;
	return 0;
}

TL_NOPROBE int tl_nrf51_flash_program(uintptr_t at, const void *from, unsigned n)
{
	const uint32_t *word = from;
	uint32_t was = NVMC_CONFIG;

	wait();
	NVMC_CONFIG = WRITE;
	wait();
	for (; n >= sizeof *word; n -= sizeof *word, at += sizeof *word) {
		if (*word != UINT32_MAX) /* it is that already */
			REG(at) = *word;
		word++;
		wait();
	}
	NVMC_CONFIG = was;
	return 0;
}
