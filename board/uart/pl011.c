/* SPDX-License-Identifier: MIT */
/*
 * Arm's PL011 UART: see pl011.h.
 */
#include "pl011.h"

struct pl011 {
	volatile uint32_t dr, rsr, reserved[4], fr, reserved2, ilpr, ibrd, fbrd, lcr_h, cr, ifls,
	        imsc, ris, mis, icr;
};

enum {
	FR_RXFE = 1 << 4,
	FR_TXFF = 1 << 5,
	LCR_FEN = 1 << 4,
	LCR_8_BITS = 3 << 5,
	CR_UARTEN = 1 << 0,
	CR_TXE = 1 << 8,
	CR_RXE = 1 << 9,
	/* A byte that does not fill the FIFO so far as to interrupt does by time-out. */
	INT_RX = 1 << 4,
	INT_RT = 1 << 6,
};

static struct pl011 *uart(uintptr_t base)
{
	return (struct pl011 *)base;
}

void tl_pl011_init(uintptr_t base, uint32_t clock, uint32_t baud)
{
	uint32_t divisor = (8 * clock / baud + 1) / 2; /* in 64ths, rounded */

	uart(base)->cr = 0;
	uart(base)->ibrd = divisor / 64;
	uart(base)->fbrd = divisor % 64;
	uart(base)->lcr_h = LCR_8_BITS | LCR_FEN; /* which takes the divisor over */
	uart(base)->imsc = INT_RX | INT_RT;
	uart(base)->cr = CR_UARTEN | CR_TXE | CR_RXE;
}

int tl_pl011_read(uintptr_t base, uint8_t *buf, int n)
{
	int done = 0;

	/* Reading clears both interrupts, once all is read. To clear them by hand would hide what
	 * is left in the FIFO: it interrupts when something comes first, and then no more. */
	while (done < n && !(uart(base)->fr & FR_RXFE))
		buf[done++] = (uint8_t)uart(base)->dr;
	return done;
}

int tl_pl011_write(uintptr_t base, const uint8_t *buf, int n)
{
	int done = 0;

	while (done < n && !(uart(base)->fr & FR_TXFF))
		uart(base)->dr = buf[done++];
	return done;
}
