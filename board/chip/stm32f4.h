/* SPDX-License-Identifier: MIT */
/*
 * STM32F405 and its relatives: a USART as the line, SysTick for the interrupt, TIM2 running freely
 * for the ticks. The clock is the one after reset, the internal 16 MHz. Follows RM0090,
 * sections 7.3 (RCC), 8.4 (GPIO), 18.4 (TIM2 to TIM5).
 */
#ifndef TL_CHIP_STM32F4_H
#define TL_CHIP_STM32F4_H

#include <stdbool.h>

#include "board.h"

enum { TL_STM32F4_TICK_HZ = 1000000 };

struct tl_stm32f4 {
	uintptr_t usart, gpio; /* registers of the USART, and of the port with both its pins */
	uint8_t irq_usart;     /* position in RM0090, table 62 */
	/* pins of that port, and their alternate function that is the USART */
	uint8_t tx, rx, function;
	uint8_t gpio_clock, usart_clock; /* bits of RCC_AHB1ENR, and of RCC_APB2ENR */
	bool apb1;                       /* or of RCC_APB1ENR */
};

/* Defined by the board. */
extern const struct tl_stm32f4 tl_stm32f4;

/* For tl_board_port. */
int tl_stm32f4_write(void *ctx, const uint8_t *buf, int n);
int tl_stm32f4_read(void *ctx, uint8_t *buf, int n);
uint32_t tl_stm32f4_ticks(void *ctx);
extern const char __build_id[];

#endif
