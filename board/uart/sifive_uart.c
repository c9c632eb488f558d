/* SPDX-License-Identifier: MIT */
/*
 * SiFive's UART: see sifive_uart.h.
 */
#include "sifive_uart.h"

struct sifive_uart {
	volatile uint32_t txdata, rxdata, txctrl, rxctrl, ie, ip, div;
};

enum {
	ENABLE = 1, /* of txctrl and rxctrl; 1 stop bit, watermark 0 */
	IE_RX = 2,  /* more bytes than the watermark */
};

#define NOT_NOW 0x80000000u /* in txdata: full; in rxdata: empty */

static struct sifive_uart *uart(uintptr_t base)
{
	return (struct sifive_uart *)base;
}

void tl_sifive_uart_init(uintptr_t base, uint32_t clock, uint32_t baud)
{
	uart(base)->div = (clock + baud / 2) / baud - 1;
	uart(base)->txctrl = ENABLE;
	uart(base)->rxctrl = ENABLE;
	uart(base)->ie = IE_RX;
}

/* A look at rxdata takes the byte. */
int tl_sifive_uart_read(uintptr_t base, uint8_t *buf, int n)
{
	int done = 0;

	while (done < n) {
		uint32_t got = uart(base)->rxdata;

		if (got & NOT_NOW)
			break;
		buf[done++] = (uint8_t)got;
	}
	return done;
}

int tl_sifive_uart_write(uintptr_t base, const uint8_t *buf, int n)
{
	int done = 0;

	while (done < n && !(uart(base)->txdata & NOT_NOW))
		uart(base)->txdata = buf[done++];
	return done;
}
