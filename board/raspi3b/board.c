/* SPDX-License-Identifier: MIT */
/*
 * Raspberry Pi 3 Model B: PL011 as the line, the generic timer for interrupt and ticks. Follows the
 * BCM2835 ARM Peripherals manual, 7 (interrupts), 13 (UART), and "Quad-A7 control" (QA7_rev3.4), 4
 * (the core's own interrupts). The UART's pins are as the Pi's firmware leaves them, with
 * `dtoverlay=disable-bt` and `init_uart_clk=48000000` in config.txt.
 */
#include "board.h"

#include "aarch64.h"
#include "pl011.h"

#define REG(addr) (*(volatile uint32_t *)(uintptr_t)(addr))

enum {
	WATCHDOG = 0x3f100000,
	RSTC = WATCHDOG + 0x1c,
	WDOG = WATCHDOG + 0x24,
	PASSWORD = 0x5a000000,
	FULL_RESET = 0x20,

	INTERRUPTS = 0x3f00b200,
	ENABLE_2 = INTERRUPTS + 0x14,
	UART_BIT = 1 << (57 - 32),
	UART = 0x3f201000,
	UART_CLOCK = 48000000, /* Hz */

	LOCAL = 0x40000000, /* of the cores */
	TIMERS = LOCAL + 0x40,
	SOURCE = LOCAL + 0x60,
	PHYSICAL_TIMER = 1 << 1, /* that which is not secure */
	VIRTUAL_TIMER = 1 << 3,
	FROM_GPU = 1 << 8,
};

/* Ticks a second: the crystal's on hardware; QEMU's counter is another. */
#ifndef TL_RASPI_COUNTER_HZ
#define TL_RASPI_COUNTER_HZ 62500000
#endif

extern const char __build_id[];

const struct tl_a64_ram tl_a64_ram = {0, 0x3b400000};

static const struct tl_region port_memory[] = {
        {0x00000000, 0x3b400000, false},     /* RAM, without what the GPU has */
        {0x3f000000, 0x01000000, TL_DEVICE}, /* peripherals */
        {0x40000000, 0x00001000, TL_DEVICE}, /* of the cores */
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
        .tick_hz = TL_RASPI_COUNTER_HZ,
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

void tl_board_irq(void)
{
	uint32_t source = REG(SOURCE);

	if (source & FROM_GPU)
		on_uart();
	if (source & VIRTUAL_TIMER)
		tl_a64_on_timer();
	if (source & PHYSICAL_TIMER)
		tl_a64_on_software();
}

void tl_board_init(uint32_t baud)
{
	tl_pl011_init(UART, UART_CLOCK, baud);
	REG(ENABLE_2) = UART_BIT;
	REG(TIMERS) = PHYSICAL_TIMER | VIRTUAL_TIMER;
	tl_a64_start();
}

void tl_board_reset(void)
{
	REG(WDOG) = PASSWORD | 10;
	REG(RSTC) = PASSWORD | FULL_RESET;
	for (;;)
		;
}
