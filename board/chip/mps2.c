/* SPDX-License-Identifier: MIT */
/*
 * Arm MPS2 boards: see mps2.h.
 */
#include "mps2.h"

#include "cmsdk.h"
#include "cortex_m.h"

/* CMSDK timer: counts down, reloads, interrupts at 0. */
struct timer {
	volatile uint32_t ctrl, value, reload, intstatus;
};
enum { TIMER_ON = 1, TIMER_INTERRUPT = 8 };

static void (*timer_tick)(void);

/* DAI 0385, 0386 and 0500, section 3; peripherals and the private bus as the architecture places
 * them. */
const struct tl_region tl_mps2_memory[] = {
        {0x00000000, 0x00400000, false}, /* ZBT SSRAM 1: code */
        {0x20000000, 0x00400000, false}, /* ZBT SSRAM 2 and 3 */
        {0x21000000, 0x01000000, false}, /* PSRAM */
        {0x40000000, 0x20000000, false}, {0xe0000000, 0x00100000, false}, {0, 0, false},
};

static struct timer *timer(uintptr_t base)
{
	return (struct timer *)base;
}

int tl_mps2_write(void *ctx, const uint8_t *buf, int n)
{
	(void)ctx;
	return tl_cmsdk_write(tl_mps2.uart0, buf, n);
}

int tl_mps2_read(void *ctx, uint8_t *buf, int n)
{
	(void)ctx;
	return tl_cmsdk_read(tl_mps2.uart0, buf, n);
}

uint32_t tl_mps2_ticks(void *ctx)
{
	(void)ctx;
	return ~timer(tl_mps2.timer1)->value;
}

void tl_board_irq(unsigned irq)
{
	uint8_t byte;

	if (irq == tl_mps2.irq_timer0) {
		timer(tl_mps2.timer0)->intstatus = 1;
		timer_tick();
		return;
	}
	while (tl_cmsdk_read(tl_mps2.uart0, &byte, 1))
		tl_rx(&byte, 1);
}

void tl_board_init(uint32_t baud)
{
	tl_cmsdk_init(tl_mps2.uart0, tl_mps2.clock, baud);
	timer(tl_mps2.timer1)->reload = timer(tl_mps2.timer1)->value = UINT32_MAX;
	timer(tl_mps2.timer1)->ctrl = TIMER_ON;
	tl_cortex_m_enable(tl_mps2.irq_uart0_rx);
}

void tl_board_timer(uint32_t hz, void (*tick)(void))
{
	timer_tick = tick;
	timer(tl_mps2.timer0)->reload = timer(tl_mps2.timer0)->value = tl_mps2.clock / hz - 1;
	timer(tl_mps2.timer0)->ctrl = TIMER_ON | TIMER_INTERRUPT;
	tl_cortex_m_enable(tl_mps2.irq_timer0);
}

void tl_board_idle(void)
{
	__asm volatile("wfi");
}

void tl_board_reset(void)
{
	tl_cortex_m_reset();
}
