/* SPDX-License-Identifier: MIT */
/*
 * The USART of STM32F1, F2 and F4 chips: see stm32.h.
 */
#include "stm32.h"

struct stm32_usart {
	volatile uint32_t sr, dr, brr, cr1, cr2, cr3;
};

enum {
	SR_RXNE = 1 << 5,
	SR_TXE = 1 << 7,
	CR1_RE = 1 << 2,
	CR1_TE = 1 << 3,
	CR1_RXNEIE = 1 << 5,
	CR1_UE = 1 << 13,
};

static struct stm32_usart *usart(uintptr_t base)
{
	return (struct stm32_usart *)base;
}

void tl_stm32_usart_init(uintptr_t base, uint32_t clock, uint32_t baud)
{
	usart(base)->brr = (clock + baud / 2) / baud;
	usart(base)->cr1 = CR1_UE | CR1_TE | CR1_RE | CR1_RXNEIE;
}

int tl_stm32_usart_read(uintptr_t base, uint8_t *buf, int n)
{
	int done = 0;

	/* Reading SR, then DR, also clears an overrun, which would interrupt for ever. */
	while (done < n && usart(base)->sr & SR_RXNE)
		buf[done++] = (uint8_t)usart(base)->dr;
	return done;
}

int tl_stm32_usart_write(uintptr_t base, const uint8_t *buf, int n)
{
	int done = 0;

	while (done < n && usart(base)->sr & SR_TXE)
		usart(base)->dr = buf[done++];
	return done;
}
