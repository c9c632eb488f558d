/* SPDX-License-Identifier: MIT */
/*
 * STM32F405 and its relatives: see stm32f4.h.
 */
#include "stm32f4.h"

#include "cortex_m.h"
#include "stm32.h"
#include "systick.h"

#define REG(addr) (*(volatile uint32_t *)(addr))

#define RCC_CR      REG(0x40023800u)
#define RCC_AHB1ENR REG(0x40023830u)
#define RCC_APB1ENR REG(0x40023840u)
#define RCC_APB2ENR REG(0x40023844u)

enum { RCC_CR_HSIRDY = 2, RCC_APB1ENR_TIM2 = 1 };

struct timer {
	volatile uint32_t cr1, cr2, smcr, dier, sr, egr, ccmr1, ccmr2, ccer, cnt, psc, arr;
};

#define TIM2 ((struct timer *)0x40000000u)

enum { CR1_CEN = 1, EGR_UG = 1 };

struct gpio {
	volatile uint32_t moder, otyper, ospeedr, pupdr, idr, odr, bsrr, lckr, afr[2];
};

enum { MODER_ALTERNATE = 2, PUPDR_UP = 1 };

/* Hz. After reset the chip runs on its HSI oscillator; QEMU 7.2 has no RCC, which reads as 0, and
 * rates of its own. */
static const struct rates {
	uint32_t core, timers;
} chip = {16000000, 16000000}, qemu = {168000000, 1000000000};

static const struct rates *rates(void)
{
	return RCC_CR & RCC_CR_HSIRDY ? &chip : &qemu;
}

int tl_stm32f4_write(void *ctx, const uint8_t *buf, int n)
{
	(void)ctx;
	return tl_stm32_usart_write(tl_stm32f4.usart, buf, n);
}

int tl_stm32f4_read(void *ctx, uint8_t *buf, int n)
{
	(void)ctx;
	return tl_stm32_usart_read(tl_stm32f4.usart, buf, n);
}

uint32_t tl_stm32f4_ticks(void *ctx)
{
	(void)ctx;
	return TIM2->cnt;
}

void tl_board_irq(unsigned irq)
{
	uint8_t byte;

	(void)irq;
	while (tl_stm32_usart_read(tl_stm32f4.usart, &byte, 1))
		tl_rx(&byte, 1);
}

static void alternate(struct gpio *gpio, unsigned pin)
{
	gpio->afr[pin / 8] |= (uint32_t)tl_stm32f4.function << 4 * (pin % 8);
	gpio->pupdr |= PUPDR_UP << 2 * pin;
	gpio->moder |= MODER_ALTERNATE << 2 * pin;
}

void tl_board_init(uint32_t baud)
{
	struct gpio *gpio = (struct gpio *)tl_stm32f4.gpio;

	RCC_AHB1ENR |= 1u << tl_stm32f4.gpio_clock;
	RCC_APB1ENR |= RCC_APB1ENR_TIM2;
	if (tl_stm32f4.apb1)
		RCC_APB1ENR |= 1u << tl_stm32f4.usart_clock;
	else
		RCC_APB2ENR |= 1u << tl_stm32f4.usart_clock;
	(void)RCC_APB2ENR; /* a clock needs two cycles to arrive */
	alternate(gpio, tl_stm32f4.tx);
	alternate(gpio, tl_stm32f4.rx);
	tl_stm32_usart_init(tl_stm32f4.usart, chip.core, baud);
	TIM2->psc = rates()->timers / TL_STM32F4_TICK_HZ - 1;
	TIM2->egr = EGR_UG; /* the prescaler takes effect */
	TIM2->cr1 = CR1_CEN;
	tl_cortex_m_enable(tl_stm32f4.irq_usart);
}

void tl_board_timer(uint32_t hz, void (*tick)(void))
{
	/* Not TIM3 to TIM5: the update interrupt stops QEMU 7.2 for good. */
	tl_systick_timer(rates()->core, hz, tick);
}

void tl_board_idle(void)
{
	__asm volatile("wfi");
}

void tl_board_reset(void)
{
	tl_cortex_m_reset();
}
