/* SPDX-License-Identifier: MIT */
/*
 * nRF51 chips: see nrf51.h.
 */
#include "nrf51.h"

#include "cortex_m.h"
#include "nrf51_uart.h"

#define REG(addr) (*(volatile uint32_t *)(addr))

#define GPIO_OUTSET        REG(0x50000508u)
#define GPIO_DIRSET        REG(0x50000518u)
#define CLOCK_HFCLKSTART   REG(0x40000000u)
#define CLOCK_HFCLKSTARTED REG(0x40000100u)
#define TIMER(n, offset)   REG(0x40008000u + 0x1000u * (n) + (offset))
#define TIMER_START(n)     TIMER(n, 0x000)
#define TIMER_STOP(n)      TIMER(n, 0x004)
#define TIMER_CLEAR(n)     TIMER(n, 0x00c)
#define TIMER_CAPTURE(n)   TIMER(n, 0x040)
#define TIMER_COMPARE(n)   TIMER(n, 0x140)
#define TIMER_SHORTS(n)    TIMER(n, 0x200)
#define TIMER_INTENSET(n)  TIMER(n, 0x304)
#define TIMER_BITMODE(n)   TIMER(n, 0x508)
#define TIMER_PRESCALER(n) TIMER(n, 0x510)
#define TIMER_CC(n)        TIMER(n, 0x540)

enum {
	TICKS = 0, /* TIMER0: the one with 32 bits */
	TICKS_PRESCALER = 4,
	BITMODE_32 = 3,
	TICK = 1, /* TIMER1: 16 bits */
	BITMODE_16 = 0,
	SHORT_COMPARE_CLEAR = 1 << 0,
	INT_COMPARE = 1 << 16,
	UART_IRQ = 2,
	TIMER1_IRQ = 9,
};

enum { TIMER_CLOCK = 16000000 /* Hz, divided by 2 to the power of the prescaler, 0 to 9 */ };

static void (*timer_tick)(void);

int tl_nrf51_write(void *ctx, const uint8_t *buf, int n)
{
	(void)ctx;
	return tl_nrf51_uart_write(buf, n);
}

int tl_nrf51_read(void *ctx, uint8_t *buf, int n)
{
	(void)ctx;
	return tl_nrf51_uart_read(buf, n);
}

/* Interrupted between its two accesses, it returns the later time. */
uint32_t tl_nrf51_ticks(void *ctx)
{
	(void)ctx;
	TIMER_CAPTURE(TICKS) = 1;
	return TIMER_CC(TICKS);
}

void tl_board_irq(unsigned irq)
{
	uint8_t byte;

	if (irq == TIMER1_IRQ) {
		TIMER_COMPARE(TICK) = 0;
		timer_tick();
		return;
	}
	while (tl_nrf51_uart_read(&byte, 1))
		tl_rx(&byte, 1);
}

void tl_board_init(uint32_t baud)
{
	CLOCK_HFCLKSTART = 1; /* the crystal: a baud rate needs its accuracy */
	while (!CLOCK_HFCLKSTARTED)
		;
	GPIO_OUTSET = 1u << tl_nrf51.tx; /* the line idles high */
	GPIO_DIRSET = 1u << tl_nrf51.tx;
	tl_nrf51_uart_init(tl_nrf51.tx, tl_nrf51.rx, baud);
	TIMER_BITMODE(TICKS) = BITMODE_32;
	TIMER_PRESCALER(TICKS) = TICKS_PRESCALER;
	TIMER_START(TICKS) = 1;
	tl_cortex_m_enable(UART_IRQ);
}

void tl_board_timer(uint32_t hz, void (*tick)(void))
{
	unsigned prescaler = 0;

	while ((TIMER_CLOCK >> prescaler) / hz > UINT16_MAX)
		prescaler++;
	TIMER_STOP(TICK) = 1;
	TIMER_CLEAR(TICK) = 1;
	timer_tick = tick;
	TIMER_BITMODE(TICK) = BITMODE_16;
	TIMER_PRESCALER(TICK) = prescaler;
	TIMER_CC(TICK) = (TIMER_CLOCK >> prescaler) / hz;
	TIMER_SHORTS(TICK) = SHORT_COMPARE_CLEAR;
	TIMER_INTENSET(TICK) = INT_COMPARE;
	TIMER_START(TICK) = 1;
	tl_cortex_m_enable(TIMER1_IRQ);
}

void tl_board_idle(void)
{
	__asm volatile("wfi");
}

void tl_board_reset(void)
{
	tl_cortex_m_reset();
}
