/* SPDX-License-Identifier: MIT */
/*
 * STM32F4 flash: see stm32f4_flash.h. Reads of the flash wait while it erases or programs, fetches
 * of code as well, so this may run from there.
 */
#include "stm32f4_flash.h"

#include "trapline.h"

#define REG(addr) (*(volatile uint32_t *)(addr))

#define FLASH_ACR  REG(0x40023c00u)
#define FLASH_KEYR REG(0x40023c04u)
#define FLASH_SR   REG(0x40023c0cu)
#define FLASH_CR   REG(0x40023c10u)

enum {
	ACR_CACHES = 3 << 9, /* ICEN, DCEN */
	ACR_RESETS = 3 << 11,
	SR_ERRORS = 0x1f << 4, /* WRPERR, PGAERR, PGPERR, PGSERR, RDERR */
	SR_BSY = 1 << 16,
	CR_PG = 1 << 0,
	CR_SER = 1 << 1,
	CR_SNB = 3, /* the first bit of the sector's number */
	CR_PSIZE_WORD = 2 << 8,
	CR_STRT = 1 << 16,
};
#define KEY1    0x45670123u
#define KEY2    0xcdef89abu
#define CR_LOCK (1u << 31)

#define START 0x08000000u

TL_NOPROBE static unsigned sector_of(uintptr_t addr)
{
	uintptr_t at = addr - START;

	if (at < 4 * TL_STM32F4_SMALL)
		return at / TL_STM32F4_SMALL;
	return 4 + at / TL_STM32F4_LARGE;
}

/* What CR was: what has been interrupted may be the firmware's own writing of flash. */
TL_NOPROBE static uint32_t unlock(uint32_t mode)
{
	uint32_t was;

	while (FLASH_SR & SR_BSY)
		;
	was = FLASH_CR;
	if (was & CR_LOCK) {
		FLASH_KEYR = KEY1;
		FLASH_KEYR = KEY2;
	}
	FLASH_SR = SR_ERRORS; /* written with ones they are cleared */
	FLASH_CR = CR_PSIZE_WORD | mode;
	return was;
}

/* What the accelerator has of it is old. 0, or what went wrong. */
TL_NOPROBE static int finish(uint32_t was)
{
	uint32_t acr = FLASH_ACR, errors;

	while (FLASH_SR & SR_BSY)
		;
	errors = FLASH_SR & SR_ERRORS;
	FLASH_CR = was;
	if (acr & ACR_CACHES) {
		FLASH_ACR = acr & ~(uint32_t)ACR_CACHES;
		FLASH_ACR = (acr & ~(uint32_t)ACR_CACHES) | ACR_RESETS;
		FLASH_ACR = acr & ~(uint32_t)ACR_CACHES;
		FLASH_ACR = acr;
	}
	return (int)errors;
}

TL_NOPROBE int tl_stm32f4_flash_erase(uintptr_t sector)
{
	uint32_t was = unlock(CR_SER | sector_of(sector) << CR_SNB);

	FLASH_CR |= CR_STRT;
	return finish(was);
}

TL_NOPROBE int tl_stm32f4_flash_program(uintptr_t at, const void *from, unsigned n)
{
	const uint32_t *word = from;
	uint32_t was = unlock(CR_PG);

	for (; n >= sizeof *word; n -= sizeof *word, at += sizeof *word, word++) {
		if (*word == UINT32_MAX) /* it is that already */
			continue;
		REG(at) = *word;
		while (FLASH_SR & SR_BSY)
			;
	}
	return finish(was);
}
