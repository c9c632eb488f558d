/* SPDX-License-Identifier: MIT */
/*
 * The generic interrupt controller: see gic.h.
 */
#include "gic.h"

enum {
	/* of the distributor */
	CONTROL = 0x000,
	ENABLE = 0x100,
	PRIORITY = 0x400, /* a byte an interrupt */
	TARGETS = 0x800,  /* likewise */
	/* of the CPU interface */
	CPU_CONTROL = 0x00,
	CPU_MASK = 0x04,
	CLAIM = 0x0c,
	COMPLETE = 0x10,
};

static uintptr_t gicd, gicc;

static volatile uint32_t *word(uintptr_t addr)
{
	return (volatile uint32_t *)addr;
}

void tl_gic_init(uintptr_t distributor, uintptr_t cpu)
{
	gicd = distributor;
	gicc = cpu;
	*word(gicd + CONTROL) = 1;
	*word(gicc + CPU_MASK) = 0xff;
	*word(gicc + CPU_CONTROL) = 1;
}

void tl_gic_enable(unsigned irq)
{
	*(volatile uint8_t *)(gicd + PRIORITY + irq) = 0x80;
	*(volatile uint8_t *)(gicd + TARGETS + irq) = 1;
	*word(gicd + ENABLE + irq / 32 * 4) = 1u << irq % 32;
}

unsigned tl_gic_claim(void)
{
	return *word(gicc + CLAIM) & 0x3ff;
}

void tl_gic_complete(unsigned irq)
{
	*word(gicc + COMPLETE) = irq;
}
