/* SPDX-License-Identifier: MIT */
/*
 * HiFive1 Rev B: SiFive FE310-G002. The line is UART0, at pins 16 and 17, which the board's USB
 * serial port leads to. Follows the FE310-G002 manual, chapters 4 (memory map), 14 (watchdog), 17
 * (GPIO).
 */
#include "sifive.h"

#define REG(addr) (*(volatile uint32_t *)(addr))

#define WDOGCFG   REG(0x10000000u)
#define WDOGCOUNT REG(0x10000008u)
#define WDOGKEY   REG(0x1000001cu)
#define WDOGCMP   REG(0x10000020u)

enum { KEY = 0x51f15e, CFG_RSTEN = 1 << 8, CFG_ENALWAYS = 1 << 12, GIVE_UP = 1000000 };

enum { MTIME_HZ = 10000000 /* QEMU's; the board's crystal has 32768 */ };

const struct tl_sifive tl_sifive = {
        .uart = 0x10013000,
        .uart_clock = 14400000,
        .uart_irq = 3,
        .mtime_hz = MTIME_HZ,
        .gpio = 0x10012000,
        .uart_pins = 1 << 16 | 1 << 17,
};

/* FE310-G002 manual, chapter 4. */
static const struct tl_region memory[] = {
        {0x00010000, 0x00002000, true},      /* mask ROM */
        {0x00020000, 0x00002000, true},      /* OTP */
        {0x02000000, 0x00010000, TL_DEVICE}, /* CLINT */
        {0x0c000000, 0x04000000, TL_DEVICE}, /* PLIC */
        {0x10000000, 0x10000000, TL_DEVICE}, /* peripherals */
        {0x20000000, 0x20000000, true},      /* QSPI flash */
        {0x80000000, 0x00004000, false},     /* data memory */
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

extern const char _start[];

static void set(volatile uint32_t *reg, uint32_t value)
{
	WDOGKEY = KEY; /* for the next write */
	*reg = value;
}

/* QEMU 7.2 has no watchdog: there, firmware starts again all the same. */
void tl_board_reset(void)
{
	set(&WDOGCMP, 1);
	set(&WDOGCOUNT, 0);
	set(&WDOGCFG, CFG_RSTEN | CFG_ENALWAYS);
	for (volatile int i = 0; i < GIVE_UP; i++)
		;
	__asm volatile("csrci mstatus, 8\n\tjr %0" ::"r"(_start));
	__builtin_unreachable();
}
