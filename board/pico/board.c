/* SPDX-License-Identifier: MIT */
/*
 * Raspberry Pi Pico: RP2040, its core 0. The line is UART0: GPIO0 transmits, GPIO1 receives.
 * SysTick is the timer's interrupt, TIMER gives the ticks. The clock is the crystal's, 12 MHz,
 * without PLL. Follows the RP2040 Datasheet, sections 2.2 (address map), 2.3.2 (interrupts), 2.14
 * (resets), 2.15 (clocks), 2.16 (XOSC), 2.19 (GPIO), 4.6 (timer), 4.7 (watchdog).
 */
#include "board.h"
#include "cortex_m.h"
#include "pl011.h"
#include "systick.h"

#define REG(addr) (*(volatile uint32_t *)(addr))

#define CLK_REF_CTRL   REG(0x40008030u)
#define CLK_SYS_CTRL   REG(0x4000803cu)
#define CLK_PERI_CTRL  REG(0x40008048u)
#define RESETS_CLEAR   REG(0x4000f000u) /* RESET's alias that clears bits */
#define RESETS_DONE    REG(0x4000c008u)
#define GPIO_CTRL(pin) REG(0x40014004u + 8u * (pin))
#define XOSC_CTRL      REG(0x40024000u)
#define XOSC_STATUS    REG(0x40024004u)
#define XOSC_STARTUP   REG(0x4002400cu)
#define TIMER_RAWL     REG(0x40054028u)
#define WATCHDOG_TICK  REG(0x4005802cu)

enum {
	CRYSTAL = 12000000, /* Hz */
	TICK_HZ = 1000000,
	UART0_IRQ = 20,
	TX = 0,
	RX = 1,
	FUNCTION_UART = 2,
	XOSC_ENABLE = 0xfabaa0, /* 1 to 15 MHz */
	XOSC_DELAY = 47,        /* of 256 cycles: 1 ms */
	CLK_REF_XOSC = 2,
	CLK_PERI_XOSC = 1 << 11 | 4 << 5, /* enabled */
	TICK_ENABLE = 1 << 9,
	USED = 1 << 5 | 1 << 8 | 1 << 21 | 1 << 22, /* IO_BANK0, PADS_BANK0, TIMER, UART0 */
};
#define XOSC_STABLE (1u << 31)
#define UART0       0x40034000u

extern const char __build_id[];

static int port_write(void *ctx, const uint8_t *buf, int n)
{
	(void)ctx;
	return tl_pl011_write(UART0, buf, n);
}

static int port_read(void *ctx, uint8_t *buf, int n)
{
	(void)ctx;
	return tl_pl011_read(UART0, buf, n);
}

static uint32_t port_ticks(void *ctx)
{
	(void)ctx;
	return TIMER_RAWL;
}

/* RP2040 Datasheet, section 2.2. */
static const struct tl_region memory[] = {
        {0x00000000, 0x00004000, true},  /* boot ROM */
        {0x10000000, 0x01000000, true},  /* flash, by XIP */
        {0x20000000, 0x00042000, false}, /* SRAM */
        {0x40000000, 0x20000000, false}, /* peripherals */
        {0xd0000000, 0x00000200, false}, /* SIO */
        {0xe0000000, 0x00100000, false}, /* private peripheral bus */
        {0, 0, false},
};

const struct tl_port tl_board_port = {
        .write = port_write,
        .ticks = port_ticks,
        .tick_hz = TICK_HZ,
        .board = TL_BOARD,
        .build_id = __build_id,
        .read_halted = port_read,
        .memory = memory,
        .reset = tl_board_reset,
};

void tl_board_irq(unsigned irq)
{
	uint8_t byte;

	(void)irq;
	while (tl_pl011_read(UART0, &byte, 1))
		tl_rx(&byte, 1);
}

static void start_clocks(void)
{
	XOSC_STARTUP = XOSC_DELAY;
	XOSC_CTRL = XOSC_ENABLE;
	while (!(XOSC_STATUS & XOSC_STABLE))
		;
	CLK_SYS_CTRL = 0; /* of clk_ref, which then is the crystal's */
	CLK_REF_CTRL = CLK_REF_XOSC;
	CLK_PERI_CTRL = CLK_PERI_XOSC;
	WATCHDOG_TICK = TICK_ENABLE | CRYSTAL / TICK_HZ;
}

void tl_board_init(uint32_t baud)
{
	start_clocks();
	RESETS_CLEAR = USED;
	while ((RESETS_DONE & USED) != USED)
		;
	GPIO_CTRL(TX) = FUNCTION_UART;
	GPIO_CTRL(RX) = FUNCTION_UART;
	tl_pl011_init(UART0, CRYSTAL, baud);
	tl_cortex_m_enable(UART0_IRQ);
}

void tl_board_timer(uint32_t hz, void (*tick)(void))
{
	tl_systick_timer(CRYSTAL, hz, tick);
}

void tl_board_idle(void)
{
	__asm volatile("wfi");
}

void tl_board_reset(void)
{
	tl_cortex_m_reset();
}
