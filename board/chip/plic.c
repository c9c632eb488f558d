/* SPDX-License-Identifier: MIT */
/*
 * The platform-level interrupt controller: see plic.h.
 */
#include "plic.h"

#include <stdint.h>

#define REG(addr) (*(volatile uint32_t *)(uintptr_t)(addr))

enum {
	PRIORITY = 0x0c000000, /* one word an interrupt */
#if TL_RISCV_SUPERVISOR
	CONTEXT = 1,
#else
	CONTEXT = 0,
#endif
	ENABLE = 0x0c002000 + CONTEXT * 0x80,
	THRESHOLD = 0x0c200000 + CONTEXT * 0x1000,
	CLAIM = THRESHOLD + 4,
};

void tl_plic_enable(unsigned irq)
{
	REG(PRIORITY + 4 * irq) = 1;
	REG(ENABLE) = 1u << irq;
	REG(ENABLE + 4) = 0;
	REG(THRESHOLD) = 0;
}

unsigned tl_plic_claim(void)
{
	return REG(CLAIM);
}

void tl_plic_complete(unsigned irq)
{
	REG(CLAIM) = irq;
}
