/* SPDX-License-Identifier: MIT */
/*
 * HiFive Unleashed: SiFive FU540-C000, its hart 0 (an E51). The line is UART0, which the board's
 * USB serial port leads to. Follows the FU540-C000 manual, chapters 5 (memory map), 13 (UART), 14
 * (GPIO), and the board's schematic (GPIO 10 resets it, when low).
 */
#include "sifive.h"

#define REG(addr) (*(volatile uint32_t *)(addr))

enum { GPIO = 0x10060000, GPIO_OUTPUT_EN = 0x08, GPIO_OUTPUT_VAL = 0x0c, RESET = 1 << 10 };

enum { MTIME_HZ = 1000000 };

const struct tl_sifive tl_sifive = {
        .uart = 0x10010000,
        .uart_clock = 16666667,
        .uart_irq = 4,
        .mtime_hz = MTIME_HZ,
};

/* FU540-C000 manual, chapter 5. */
static const struct tl_region memory[] = {
        {0x00010000, 0x00008000, true},      /* mask ROM */
        {0x01000000, 0x00002000, false},     /* data memory of hart 0 */
        {0x02000000, 0x00020000, TL_DEVICE}, /* CLINT, cache controller */
        {0x08000000, 0x02000000, false},     /* L2 as memory */
        {0x0c000000, 0x04000000, TL_DEVICE}, /* PLIC */
        {0x10000000, 0x10000000, TL_DEVICE}, /* peripherals */
        {0x20000000, 0x20000000, true},      /* QSPI flash */
        {0x80000000, 0x80000000, false},     /* the first 2 GiB of DRAM */
        {0, 0, false},
};

const struct tl_port tl_board_port = {
        .write = tl_sifive_write,
        .ticks = tl_sifive_ticks,
        .tick_hz = MTIME_HZ,
        .board = TL_BOARD,
        .build_id = __build_id,
        .read_halted = tl_sifive_read,
        .memory = memory,
        .reset = tl_board_reset,
};

void tl_board_reset(void)
{
	REG(GPIO + GPIO_OUTPUT_VAL) |= RESET;
	REG(GPIO + GPIO_OUTPUT_EN) |= RESET;
	REG(GPIO + GPIO_OUTPUT_VAL) &= ~RESET;
	for (;;)
		;
}
