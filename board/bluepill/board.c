/* SPDX-License-Identifier: MIT */
/*
 * Blue Pill: STM32F103C8. The line is USART1: PA9 transmits, PA10 receives, to a serial adapter of
 * 3.3 V. SysTick is the timer's interrupt; its timers have 16 bits, so that ticks are the core's
 * cycles. The clock is the one after reset, the internal 8 MHz. Follows RM0008, sections 3.3
 * (memory map), 7.3 (RCC), 9.2 (GPIO), table 63 (vectors).
 */
#include "board.h"
#include "cortex_m.h"
#include "dwt.h"
#include "stm32.h"
#include "systick.h"

#define REG(addr) (*(volatile uint32_t *)(addr))

#define RCC_APB2ENR REG(0x40021018u)
#define GPIOA_CRH   REG(0x40010804u)
#define GPIOA_BSRR  REG(0x40010810u)

enum {
	CLOCK = 8000000, /* Hz */
	USART1_IRQ = 37,
	APB2ENR_IOPA = 1 << 2,
	APB2ENR_USART1 = 1 << 14,
	TX = 9,
	RX = 10,
	CRH_ALTERNATE = 0xb, /* push-pull, up to 50 MHz */
	CRH_INPUT_PULL = 8,
};
#define USART1 0x40013800u

extern const char __build_id[];

static int port_write(void *ctx, const uint8_t *buf, int n)
{
	(void)ctx;
	return tl_stm32_usart_write(USART1, buf, n);
}

static int port_read(void *ctx, uint8_t *buf, int n)
{
	(void)ctx;
	return tl_stm32_usart_read(USART1, buf, n);
}

/* RM0008, section 3.3. */
static const struct tl_region memory[] = {
        {0x00000000, 0x00010000, true},  /* flash again */
        {0x08000000, 0x00010000, true},  /* flash */
        {0x1ffff000, 0x00000800, true},  /* system memory */
        {0x20000000, 0x00005000, false}, /* SRAM */
        {0x40000000, 0x20000000, false}, /* peripherals */
        {0xe0000000, 0x00100000, false}, /* private peripheral bus */
        {0, 0, false},
};

const struct tl_port tl_board_port = {
        .write = port_write,
        .ticks = tl_dwt_ticks,
        .tick_hz = CLOCK,
        .board = TL_BOARD,
        .build_id = __build_id,
        .read_halted = port_read,
        .memory = memory,
        .reset = tl_board_reset,
};

void tl_board_irq(unsigned irq)
{
	uint8_t byte;

	(void)irq;
	while (tl_stm32_usart_read(USART1, &byte, 1))
		tl_rx(&byte, 1);
}

static void mode(unsigned pin, uint32_t mode)
{
	unsigned at = 4 * (pin - 8);

	GPIOA_CRH = (GPIOA_CRH & ~(15u << at)) | mode << at;
}

void tl_board_init(uint32_t baud)
{
	RCC_APB2ENR |= APB2ENR_IOPA | APB2ENR_USART1;
	(void)RCC_APB2ENR; /* a clock needs two cycles to arrive */
	mode(TX, CRH_ALTERNATE);
	mode(RX, CRH_INPUT_PULL);
	GPIOA_BSRR = 1u << RX; /* up */
	tl_stm32_usart_init(USART1, CLOCK, baud);
	tl_dwt_start();
	tl_cortex_m_enable(USART1_IRQ);
}

void tl_board_timer(uint32_t hz, void (*tick)(void))
{
	tl_systick_timer(CLOCK, hz, tick);
}

/* The core's clock stops in WFI, and its cycle counter with it: ticks must not. */
void tl_board_idle(void)
{
}

void tl_board_reset(void)
{
	tl_cortex_m_reset();
}
