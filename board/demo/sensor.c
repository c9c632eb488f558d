/* SPDX-License-Identifier: MIT */
/*
 * Sampling: the timer interrupt reads the converter, filters, and queues for the main loop.
 */
#include "demo.h"

enum { QUEUE = 16 }; /* samples; a power of two */

static struct sample queue[QUEUE];
static volatile uint32_t head, tail;

/* The converter, simulated: a slow triangle with noise, 12 bits. */
uint16_t adc_read(uint32_t number)
{
	uint32_t phase = number % 800, noise = (number * 1103515245u + 12345u) >> 27;
	uint32_t triangle = phase < 400 ? phase : 800 - phase;

	return (uint16_t)(2000 + triangle + noise);
}

/* First-order low pass, 1/8; counts to temperature: 1/64 of a degree a count, 0 degrees at 512. */
int32_t filter_update(uint16_t counts)
{
	static int32_t state;

	if (!state)
		state = counts * 8;
	state += counts - state / 8;
	return (state / 8 - 512) * 100 / 64;
}

void sample_isr(void)
{
	static uint32_t number;
	int32_t temperature = filter_update(adc_read(number));

	if (head - tail < QUEUE) {
		queue[head % QUEUE] = (struct sample){number++, temperature};
		head++;
	}
}

bool sample_get(struct sample *s)
{
	if (tail == head)
		return false;
	*s = queue[tail % QUEUE];
	tail++;
	return true;
}
