/* SPDX-License-Identifier: MIT */
/*
 * The port that the firmware gave to tl_init(), and the agent's time since then, by the port's
 * ticks. Time goes on where the agent is polled; a trap only reads it.
 */
#ifndef TL_CLOCK_H
#define TL_CLOCK_H

#include "trapline.h"

extern struct tl_port tl_port; /* all zero before tl_init() */

/* Of the port, now. At once: where a hit waits for it. */
static inline uint32_t tl_ticks_at_once(void)
{
	return tl_port.ticks(tl_port.ctx);
}
uint32_t tl_ticks(void);

extern struct tl_clock {
	uint32_t now_ms;
	uint32_t last_ticks;   /* of the port, when the clock was advanced */
	uint32_t spare_ticks;  /* of a millisecond that is not over */
	uint32_t ticks_per_ms; /* 0: ticks are longer */
#if TL_BUDGET
	uint32_t since; /* as last_ticks, or later */
	uint32_t taken; /* ticks that probes have taken since then (budget.h) */
#endif
} tl_clock;

void tl_clock_start(void);
void tl_clock_advance(void); /* while halted */
#if TL_GDB
void tl_clock_polls(void);   /* the same, from tl_poll() */
void tl_clock_goes_on(void); /* from a halt */
bool tl_clock_hangs(void);   /* the firmware has not polled for half a second */
/* It has polled since it went on, and by what is usual for it will do so within moments. */
bool tl_clock_polls_soon(void);
#else
static inline void tl_clock_polls(void)
{
	tl_clock_advance();
}
#endif

#endif
