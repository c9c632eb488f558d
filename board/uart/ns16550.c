/* SPDX-License-Identifier: MIT */
/*
 * The 16550 UART: see ns16550.h.
 */
#include "ns16550.h"

struct ns16550 {
	volatile uint8_t data; /* the divisor's low byte while LCR_DLAB is set */
	volatile uint8_t ier;  /* ... and its high one */
	volatile uint8_t fcr, lcr, mcr, lsr;
};

enum {
	IER_RX = 1,
	FCR_ON_CLEAR = 7, /* both FIFOs, empty; interrupt at the first byte */
	LCR_8N1 = 3,
	LCR_DLAB = 0x80,
	MCR_READY = 3, /* DTR, RTS */
	LSR_RX_READY = 1,
	LSR_TX_EMPTY = 0x20,
	FIFO = 16,
};

static struct ns16550 *uart(uintptr_t base)
{
	return (struct ns16550 *)base;
}

void tl_ns16550_init(uintptr_t base, uint32_t clock, uint32_t baud)
{
	uint32_t divisor = (clock + 8 * baud) / (16 * baud);

	uart(base)->lcr = LCR_DLAB;
	uart(base)->data = (uint8_t)divisor;
	uart(base)->ier = (uint8_t)(divisor >> 8);
	uart(base)->lcr = LCR_8N1;
	uart(base)->fcr = FCR_ON_CLEAR;
	uart(base)->mcr = MCR_READY;
	uart(base)->ier = IER_RX;
}

int tl_ns16550_read(uintptr_t base, uint8_t *buf, int n)
{
	int done = 0;

	while (done < n && uart(base)->lsr & LSR_RX_READY)
		buf[done++] = uart(base)->data;
	return done;
}

/* Only an empty FIFO says how much room it has. */
int tl_ns16550_write(uintptr_t base, const uint8_t *buf, int n)
{
	int done = 0;

	if (!(uart(base)->lsr & LSR_TX_EMPTY))
		return 0;
	while (done < n && done < FIFO)
		uart(base)->data = buf[done++];
	return done;
}
