/* SPDX-License-Identifier: MIT */
/*
 * The LPUART of STM32 chips: see stm32_lpuart.h.
 */
#include "stm32_lpuart.h"

struct stm32_lpuart {
	volatile uint32_t cr1, cr2, cr3, brr, reserved[2], rqr, isr, icr, rdr, tdr;
};

enum {
	CR1_UE = 1 << 0,
	CR1_RE = 1 << 2,
	CR1_TE = 1 << 3,
	CR1_RXNEIE = 1 << 5,
	ISR_RXNE = 1 << 5,
	ISR_TXE = 1 << 7,
	ICR_ORECF = 1 << 3,
};

static struct stm32_lpuart *lpuart(uintptr_t base)
{
	return (struct stm32_lpuart *)base;
}

void tl_stm32_lpuart_init(uintptr_t base, uint32_t clock, uint32_t baud)
{
	lpuart(base)->brr = (uint32_t)((256ull * clock + baud / 2) / baud);
	lpuart(base)->cr1 = CR1_UE | CR1_TE | CR1_RE | CR1_RXNEIE;
}

int tl_stm32_lpuart_read(uintptr_t base, uint8_t *buf, int n)
{
	int done = 0;

	lpuart(base)->icr = ICR_ORECF; /* an overrun would interrupt for ever */
	while (done < n && lpuart(base)->isr & ISR_RXNE)
		buf[done++] = (uint8_t)lpuart(base)->rdr;
	return done;
}

int tl_stm32_lpuart_write(uintptr_t base, const uint8_t *buf, int n)
{
	int done = 0;

	while (done < n && lpuart(base)->isr & ISR_TXE)
		lpuart(base)->tdr = buf[done++];
	return done;
}
