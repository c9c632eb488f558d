/* SPDX-License-Identifier: MIT */
/*
 * SysTick as the timer interrupt: see systick.h.
 */
#include "systick.h"

struct systick {
	volatile uint32_t csr, rvr, cvr;
};

#define SYSTICK ((struct systick *)0xe000e010u)

enum {
	CSR_ON = 7,      /* counts by the processor's clock, interrupts */
	ROUND = 1 << 24, /* the counter's range */
};

static void (*timer_tick)(void);
static volatile uint32_t rounds, rounds_left; /* a period longer than the counter takes several */

void tl_systick_timer(uint32_t clock, uint32_t hz, void (*tick)(void))
{
	uint32_t period = clock / hz;

	SYSTICK->csr = 0;
	timer_tick = tick;
	rounds = rounds_left = 1 + period / ROUND;
	SYSTICK->rvr = period / rounds - 1;
	SYSTICK->cvr = 0;
	SYSTICK->csr = CSR_ON;
}

void SysTick_Handler(void);
void SysTick_Handler(void)
{
	if (--rounds_left)
		return;
	rounds_left = rounds;
	timer_tick();
}
