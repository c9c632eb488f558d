/* SPDX-License-Identifier: MIT */
/*
 * Firmware that never heard of board/: its own UART code, polled, through struct tl_port; SysTick
 * as its work. README, "Integration".
 */
#include "trapline.h"

#define REG(addr)  (*(volatile uint32_t *)(addr))
#define UART_DATA  REG(0x40004000u)
#define UART_STATE REG(0x40004004u)
#define UART_CTRL  REG(0x40004008u)
#define UART_BAUD  REG(0x40004010u)
#define TIMER_CTRL REG(0x40001000u)
#define TIMER_NOW  REG(0x40001004u)
#define TIMER_LOAD REG(0x40001008u)
#define SYST_CSR   REG(0xe000e010u)
#define SYST_RVR   REG(0xe000e014u)

static int uart_read(void *ctx, uint8_t *buf, int n)
{
	(void)ctx;
	if (n < 1 || !(UART_STATE & 2))
		return 0;
	buf[0] = (uint8_t)UART_DATA;
	return 1;
}

static int uart_write(void *ctx, const uint8_t *buf, int n)
{
	(void)ctx;
	if (n < 1 || UART_STATE & 1)
		return 0;
	UART_DATA = buf[0];
	return 1;
}

static volatile uint32_t total, interrupts;

/* A fast counter, or with -DTICK_HZ=100 what many a firmware has: the interrupts of its system
 * tick. */
#ifndef TICK_HZ
#define TICK_HZ 25000000
#endif

static uint32_t ticks(void *ctx)
{
	(void)ctx;
	return TICK_HZ == 100 ? interrupts : ~TIMER_NOW;
}

__attribute__((noinline)) uint32_t accumulate(uint32_t old, uint32_t step);
#ifndef ACCUMULATE_ELSEWHERE
uint32_t accumulate(uint32_t old, uint32_t step)
{
	return old + 3 * step;
}
#endif

void SysTick_Handler(void);
void SysTick_Handler(void)
{
	interrupts++;
	total = accumulate(total, 7);
}

int main(void)
{
	static const struct tl_port port = {
	        .read = uart_read,
	        .write = uart_write,
	        .ticks = ticks,
	        .tick_hz = TICK_HZ,
	};

	UART_BAUD = 217;
	UART_CTRL = 3;
	TIMER_LOAD = 0xffffffff;
	TIMER_CTRL = 1;
	tl_init(&port);
	SYST_RVR = 250000 - 1;
	SYST_CSR = 7;
	for (;;)
		tl_poll();
}
