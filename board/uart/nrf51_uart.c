/* SPDX-License-Identifier: MIT */
/*
 * The UART of nRF51 chips: see nrf51_uart.h.
 */
#include "nrf51_uart.h"

#include <stdbool.h>

#define REG(offset) (*(volatile uint32_t *)(0x40002000u + (offset)))

#define TASKS_STARTRX REG(0x000)
#define TASKS_STARTTX REG(0x008)
#define EVENTS_RXDRDY REG(0x108)
#define EVENTS_TXDRDY REG(0x11c)
#define INTENSET      REG(0x304)
#define ENABLE        REG(0x500)
#define PSELTXD       REG(0x50c)
#define PSELRXD       REG(0x514)
#define RXD           REG(0x518)
#define TXD           REG(0x51c)
#define BAUDRATE      REG(0x524)

enum { ENABLE_UART = 4, INT_RXDRDY = 1 << 2 };

/* The manual's settings, which are no plain division. */
static const struct {
	uint32_t baud, setting;
} rates[] = {{1000000, 0x10000000}, {230400, 0x03b00000}, {115200, 0x01d7e000}, {9600, 0x00275000}};

static bool sending; /* a byte was given, and TXDRDY has not been seen since */

void tl_nrf51_uart_init(unsigned tx, unsigned rx, uint32_t baud)
{
	unsigned i = 0;

	while (i < sizeof rates / sizeof *rates - 1 && rates[i].baud > baud)
		i++;
	BAUDRATE = rates[i].setting;
	PSELTXD = tx;
	PSELRXD = rx;
	ENABLE = ENABLE_UART;
	INTENSET = INT_RXDRDY;
	TASKS_STARTTX = 1;
	TASKS_STARTRX = 1;
}

int tl_nrf51_uart_read(uint8_t *buf, int n)
{
	int done = 0;

	while (done < n && EVENTS_RXDRDY) {
		EVENTS_RXDRDY = 0; /* before the byte is taken: the next one sets it again */
		buf[done++] = (uint8_t)RXD;
	}
	return done;
}

int tl_nrf51_uart_write(const uint8_t *buf, int n)
{
	if (n < 1 || (sending && !EVENTS_TXDRDY))
		return 0;
	EVENTS_TXDRDY = 0;
	sending = true;
	TXD = *buf;
	return 1;
}
