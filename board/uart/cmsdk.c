/* SPDX-License-Identifier: MIT */
/*
 * The CMSDK APB UART: see cmsdk.h.
 */
#include "cmsdk.h"

#include <stdint.h>

struct cmsdk_uart {
	volatile uint32_t data, state, ctrl, intstatus, bauddiv;
};

enum {
	STATE_TX_FULL = 1,
	STATE_RX_FULL = 2,
	CTRL_TX = 1,
	CTRL_RX = 2,
	CTRL_RX_INTERRUPT = 8,
	INT_RX = 2,
	DIVISOR_MIN = 16,
};

static struct cmsdk_uart *uart(uintptr_t base)
{
	return (struct cmsdk_uart *)base;
}

void tl_cmsdk_init(uintptr_t base, uint32_t clock, uint32_t baud)
{
	uint32_t divisor = clock / baud;

	uart(base)->bauddiv = divisor < DIVISOR_MIN ? DIVISOR_MIN : divisor;
	uart(base)->ctrl = CTRL_TX | CTRL_RX | CTRL_RX_INTERRUPT;
	(void)uart(base)
	        ->data; /* what came before the receiver was on would hold up all that follows */
}

int tl_cmsdk_read(uintptr_t base, uint8_t *buf, int n)
{
	int done = 0;

	uart(base)->intstatus = INT_RX;
	while (done < n && uart(base)->state & STATE_RX_FULL)
		buf[done++] = (uint8_t)uart(base)->data;
	return done;
}

int tl_cmsdk_write(uintptr_t base, const uint8_t *buf, int n)
{
	int done = 0;

	while (done < n && !(uart(base)->state & STATE_TX_FULL))
		uart(base)->data = buf[done++];
	return done;
}
