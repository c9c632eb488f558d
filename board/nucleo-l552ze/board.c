/* SPDX-License-Identifier: MIT */
/*
 * NUCLEO-L552ZE-Q: STM32L552ZE, without TrustZone (TZEN=0, as it is delivered). The line is LPUART1
 * at the pins of the ST-Link's USB serial port: PG7 transmits, PG8 receives (UM2581, "Virtual COM
 * port"). SysTick is the timer's interrupt, TIM2 gives the ticks. The clock is the one after reset,
 * MSI at 4 MHz. Follows RM0438, sections 2.3 (memory map), 8.6 (PWR), 9.8 (RCC), 11.4 (GPIO), table
 * 111 (vectors).
 */
#include "board.h"
#include "cortex_m.h"
#include "stm32_lpuart.h"
#include "systick.h"

#define REG(addr) (*(volatile uint32_t *)(addr))

#define PWR_CR2      REG(0x40007004u)
#define RCC_AHB2ENR  REG(0x4002104cu)
#define RCC_APB1ENR1 REG(0x40021058u)
#define RCC_APB1ENR2 REG(0x4002105cu)
#define GPIOG_MODER  REG(0x42021800u)
#define GPIOG_PUPDR  REG(0x4202180cu)
#define GPIOG_AFR(n) REG(0x42021820u + 4u * (n))
#define TIM2_CR1     REG(0x40000000u)
#define TIM2_EGR     REG(0x40000014u)
#define TIM2_CNT     REG(0x40000024u)
#define TIM2_PSC     REG(0x40000028u)

enum {
	CLOCK = 4000000, /* Hz */
	TICK_HZ = 1000000,
	LPUART1_IRQ = 66,
	TX = 7,
	RX = 8,
	FUNCTION_LPUART1 = 8,
	MODER_ALTERNATE = 2,
	PUPDR_UP = 1,
	PWR_CR2_IOSV = 1 << 9, /* PG2 to PG15 have a supply of their own */
	AHB2ENR_GPIOG = 1 << 6,
	APB1ENR1_TIM2 = 1 << 0,
	APB1ENR1_PWR = 1 << 28,
	APB1ENR2_LPUART1 = 1 << 0,
};
#define LPUART1 0x40008000u

extern const char __build_id[];

static int port_write(void *ctx, const uint8_t *buf, int n)
{
	(void)ctx;
	return tl_stm32_lpuart_write(LPUART1, buf, n);
}

static int port_read(void *ctx, uint8_t *buf, int n)
{
	(void)ctx;
	return tl_stm32_lpuart_read(LPUART1, buf, n);
}

static uint32_t port_ticks(void *ctx)
{
	(void)ctx;
	return TIM2_CNT;
}

/* RM0438, section 2.3. */
static const struct tl_region memory[] = {
        {0x08000000, 0x00080000, true},  /* flash */
        {0x0a000000, 0x00040000, false}, /* SRAM again, for code */
        {0x0bf90000, 0x00008000, true},  /* system memory */
        {0x20000000, 0x00040000, false}, /* SRAM */
        {0x40000000, 0x20000000, false}, /* peripherals */
        {0xe0000000, 0x00100000, false}, /* private peripheral bus */
        {0, 0, false},
};

const struct tl_port tl_board_port = {
        .write = port_write,
        .ticks = port_ticks,
        .tick_hz = TICK_HZ,
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
	while (tl_stm32_lpuart_read(LPUART1, &byte, 1))
		tl_rx(&byte, 1);
}

static void alternate(unsigned pin)
{
	GPIOG_AFR(pin / 8) |= (uint32_t)FUNCTION_LPUART1 << 4 * (pin % 8);
	GPIOG_PUPDR |= (uint32_t)PUPDR_UP << 2 * pin;
	/* Pins are analog, 3, after reset. */
	GPIOG_MODER = (GPIOG_MODER & ~(3u << 2 * pin)) | (uint32_t)MODER_ALTERNATE << 2 * pin;
}

void tl_board_init(uint32_t baud)
{
	RCC_AHB2ENR |= AHB2ENR_GPIOG;
	RCC_APB1ENR1 |= APB1ENR1_TIM2 | APB1ENR1_PWR;
	RCC_APB1ENR2 |= APB1ENR2_LPUART1;
	(void)RCC_APB1ENR2; /* a clock needs two cycles to arrive */
	PWR_CR2 |= PWR_CR2_IOSV;
	alternate(TX);
	alternate(RX);
	tl_stm32_lpuart_init(LPUART1, CLOCK, baud);
	TIM2_PSC = CLOCK / TICK_HZ - 1;
	TIM2_EGR = 1; /* the prescaler takes effect */
	TIM2_CR1 = 1;
	tl_cortex_m_enable(LPUART1_IRQ);
}

void tl_board_timer(uint32_t hz, void (*tick)(void))
{
	tl_systick_timer(CLOCK, hz, tick);
}

void tl_board_idle(void)
{
	__asm volatile("wfi");
}

void tl_board_reset(void)
{
	tl_cortex_m_reset();
}
