/* SPDX-License-Identifier: MIT */
/*
 * QEMU's Arm machine `virt`: PL011 as the line, the generic timer for interrupt and ticks. Follows
 * QEMU's description of the machine ("virt generic virtual platform") and its hw/arm/virt.c; the
 * Power State Coordination Interface, DEN 0022, for the reset.
 */
#include "board.h"

#include "aarch64.h"
#include "gic.h"
#include "pl011.h"

enum {
	GICD = 0x08000000,
	GICC = 0x08010000,
	UART = 0x09000000,
	UART_CLOCK = 24000000, /* Hz */
	UART_IRQ = 33,
	TIMER_IRQ = 27,
	SOFTWARE_IRQ = 30,
	COUNTER_HZ = 62500000,
};

extern const char __build_id[];

/* As much RAM as it has if it is not told otherwise. */
const struct tl_a64_ram tl_a64_ram = {0x40000000, 0x48000000};

static const struct tl_region port_memory[] = {
        {0x00000000, 0x08000000, true},      /* flash */
        {0x08000000, 0x00020000, TL_DEVICE}, /* GIC */
        {0x09000000, 0x00001000, TL_DEVICE}, /* UART */
        {0x09010000, 0x00001000, TL_DEVICE}, /* RTC */
        {0x0a000000, 0x00004000, TL_DEVICE}, /* virtio */
        {0x40000000, 0x08000000, false},     /* RAM */
        {0, 0, false},
};

static int port_write(void *ctx, const uint8_t *buf, int n)
{
	(void)ctx;
	return tl_pl011_write(UART, buf, n);
}

static int port_read(void *ctx, uint8_t *buf, int n)
{
	(void)ctx;
	return tl_pl011_read(UART, buf, n);
}

static uint32_t port_ticks(void *ctx)
{
	(void)ctx;
	return (uint32_t)tl_a64_time();
}

const struct tl_port tl_board_port = {
        .write = port_write,
        .ticks = port_ticks,
        .tick_hz = COUNTER_HZ,
        .board = TL_BOARD,
        .build_id = __build_id,
        .read_halted = port_read,
        .memory = port_memory,
        .reset = tl_board_reset,
};

static void on_uart(void)
{
	uint8_t byte;

	while (tl_pl011_read(UART, &byte, 1))
		tl_rx(&byte, 1);
}

/* Completed before it is served: a handler may switch tasks. */
void tl_board_irq(void)
{
	unsigned irq = tl_gic_claim();

	if (irq < TL_GIC_NONE)
		tl_gic_complete(irq);
	if (irq == UART_IRQ)
		on_uart();
	else if (irq == TIMER_IRQ)
		tl_a64_on_timer();
	else if (irq == SOFTWARE_IRQ)
		tl_a64_on_software();
}

void tl_board_init(uint32_t baud)
{
	tl_gic_init(GICD, GICC);
	tl_pl011_init(UART, UART_CLOCK, baud);
	tl_gic_enable(UART_IRQ);
	tl_gic_enable(TIMER_IRQ);
	tl_gic_enable(SOFTWARE_IRQ);
	tl_a64_start();
}

/* By who is above EL1: QEMU, or firmware at EL3. */
void tl_board_reset(void)
{
	register uint64_t x0 __asm("x0") = 0x84000009; /* SYSTEM_RESET */

	if (tl_a64_entered == 1)
		__asm volatile("hvc #0" : "+r"(x0)::"memory");
	else
		__asm volatile("smc #0" : "+r"(x0)::"memory");
	for (;;)
		;
}
