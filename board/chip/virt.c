/* SPDX-License-Identifier: MIT */
/*
 * QEMU's RISC-V machine `virt`: see virt.h.
 */
#include "virt.h"

#include "clint.h"
#include "ns16550.h"
#include "plic.h"
#include "riscv.h"
#include "riscv_timer.h"

#define REG(addr) (*(volatile uint32_t *)(addr))

enum {
	FINISHER = 0x00100000,
	FINISHER_RESET = 0x7777,
	CLINT = 0x02000000,
	UART = 0x10000000,
	UART_CLOCK = 3686400, /* Hz */
	UART_IRQ = 10,
};

/* QEMU's hw/riscv/virt.c; as much RAM as it has if it is not told otherwise. */
const struct tl_region tl_virt_memory[] = {
        {0x00001000, 0x0000f000, true},      /* boot ROM */
        {0x00100000, 0x00002000, TL_DEVICE}, /* finisher, RTC */
#if !TL_RISCV_SUPERVISOR
        {0x02000000, 0x00010000, TL_DEVICE}, /* CLINT */
#endif
        {0x0c000000, 0x00600000, TL_DEVICE}, /* PLIC */
        {0x10000000, 0x00009000, TL_DEVICE}, /* UART, virtio */
        {0x20000000, 0x04000000, true},      /* flash */
#if TL_RISCV_SUPERVISOR
        {0x80200000, 0x07e00000, false}, /* RAM, above what keeps machine mode's firmware */
#else
        {0x80000000, 0x08000000, false}, /* RAM */
#endif
        {0, 0, false},
};

int tl_virt_write(void *ctx, const uint8_t *buf, int n)
{
	(void)ctx;
	return tl_ns16550_write(UART, buf, n);
}

int tl_virt_read(void *ctx, uint8_t *buf, int n)
{
	(void)ctx;
	return tl_ns16550_read(UART, buf, n);
}

uint32_t tl_virt_ticks(void *ctx)
{
	(void)ctx;
	return tl_riscv_ticks();
}

void tl_board_irq(void)
{
	unsigned irq = tl_plic_claim();
	uint8_t byte;

	while (tl_ns16550_read(UART, &byte, 1))
		tl_rx(&byte, 1);
	tl_plic_complete(irq);
}

void tl_board_init(uint32_t baud)
{
	tl_ns16550_init(UART, UART_CLOCK, baud);
	tl_plic_enable(UART_IRQ);
#if !TL_RISCV_SUPERVISOR
	tl_clint_init(CLINT);
#endif
	tl_riscv_start(TL_VIRT_MTIME_HZ);
}

void tl_board_reset(void)
{
	REG(FINISHER) = FINISHER_RESET;
	for (;;)
		;
}
