/* SPDX-License-Identifier: MIT */
/*
 * QEMU's RISC-V machine `virt`: see virt.h.
 */
#include "virt.h"

#include "ns16550.h"
#include "riscv.h"

#define REG(addr) (*(volatile uint32_t *)(addr))

enum {
	FINISHER = 0x00100000,
	FINISHER_RESET = 0x7777,
	CLINT = 0x02000000,
	PLIC_PRIORITY = 0x0c000000,
	PLIC_ENABLE = 0x0c002000, /* hart 0, machine mode */
	PLIC_THRESHOLD = 0x0c200000,
	PLIC_CLAIM = 0x0c200004,
	UART = 0x10000000,
	UART_CLOCK = 3686400, /* Hz */
	UART_IRQ = 10,
};

int tl_virt_write(void *ctx, const uint8_t *buf, int n)
{
	(void)ctx;
	return tl_ns16550_write(UART, buf, n);
}

uint32_t tl_virt_ticks(void *ctx)
{
	(void)ctx;
	return tl_riscv_ticks();
}

void tl_board_irq(void)
{
	uint32_t irq = REG(PLIC_CLAIM);
	uint8_t byte;

	while (tl_ns16550_read(UART, &byte, 1))
		tl_rx(&byte, 1);
	REG(PLIC_CLAIM) = irq;
}

void tl_board_init(uint32_t baud)
{
	tl_ns16550_init(UART, UART_CLOCK, baud);
	REG(PLIC_PRIORITY + 4 * UART_IRQ) = 1;
	REG(PLIC_ENABLE) = 1 << UART_IRQ;
	REG(PLIC_THRESHOLD) = 0;
	tl_riscv_start(CLINT, TL_VIRT_MTIME_HZ);
}

void tl_board_timer(uint32_t hz, void (*tick)(void))
{
	tl_riscv_timer(hz, tick);
}

void tl_board_idle(void)
{
	__asm volatile("wfi");
}

void tl_board_reset(void)
{
	REG(FINISHER) = FINISHER_RESET;
	for (;;)
		;
}
