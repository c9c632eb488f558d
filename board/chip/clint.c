/* SPDX-License-Identifier: MIT */
/*
 * The core-local interruptor: see clint.h.
 */
#include "clint.h"

#include "riscv_timer.h"

enum {
	MTIMECMP = 0x4000,
	MTIME = 0xbff8,
};

static uintptr_t clint;

static volatile uint32_t *word(uintptr_t offset)
{
	return (volatile uint32_t *)(clint + offset);
}

uint32_t tl_riscv_ticks(void)
{
	return *word(MTIME);
}

uint64_t tl_riscv_time(void)
{
	uint32_t high, low;

	do {
		high = *word(MTIME + 4);
		low = *word(MTIME);
	} while (high != *word(MTIME + 4));
	return (uint64_t)high << 32 | low;
}

/* In an order in which no half of it is a time that has come. */
void tl_riscv_alarm(uint64_t at)
{
	*word(MTIMECMP + 4) = UINT32_MAX;
	*word(MTIMECMP) = (uint32_t)at;
	*word(MTIMECMP + 4) = (uint32_t)(at >> 32);
}

void tl_clint_init(uintptr_t base)
{
	clint = base;
}
