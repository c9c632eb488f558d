/* SPDX-License-Identifier: MIT */
/*
 * SiFive's chips: see sifive.h.
 */
#include "sifive.h"

#include "clint.h"
#include "plic.h"
#include "riscv.h"
#include "riscv_timer.h"
#include "sifive_uart.h"

#define REG(addr) (*(volatile uint32_t *)(addr))

enum { CLINT = 0x02000000, GPIO_IOF_EN = 0x38, GPIO_IOF_SEL = 0x3c };

int tl_sifive_write(void *ctx, const uint8_t *buf, int n)
{
	(void)ctx;
	return tl_sifive_uart_write(tl_sifive.uart, buf, n);
}

int tl_sifive_read(void *ctx, uint8_t *buf, int n)
{
	(void)ctx;
	return tl_sifive_uart_read(tl_sifive.uart, buf, n);
}

uint32_t tl_sifive_ticks(void *ctx)
{
	(void)ctx;
	return tl_riscv_ticks();
}

void tl_board_irq(void)
{
	unsigned irq = tl_plic_claim();
	uint8_t byte;

	while (tl_sifive_uart_read(tl_sifive.uart, &byte, 1))
		tl_rx(&byte, 1);
	tl_plic_complete(irq);
}

void tl_board_init(uint32_t baud)
{
	if (tl_sifive.gpio) {
		REG(tl_sifive.gpio + GPIO_IOF_SEL) &= ~tl_sifive.uart_pins;
		REG(tl_sifive.gpio + GPIO_IOF_EN) |= tl_sifive.uart_pins;
	}
	tl_sifive_uart_init(tl_sifive.uart, tl_sifive.uart_clock, baud);
	tl_plic_enable(tl_sifive.uart_irq);
	tl_clint_init(CLINT);
	tl_riscv_start(tl_sifive.mtime_hz);
}
