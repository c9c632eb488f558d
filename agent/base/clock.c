/* SPDX-License-Identifier: MIT */
/*
 * The agent's time since tl_init(), from the port's ticks, and how often the firmware polls. Time
 * goes on where the agent is polled; a trap only reads it.
 */
#include "base/clock.h"

#include "arch.h"
#include "base/util.h"

TL_RAM(".bss");

struct tl_port tl_port;
struct tl_clock tl_clock;

uint32_t tl_ticks(void)
{
	return tl_ticks_at_once();
}

void tl_clock_start(void)
{
	tl_clock.last_ticks = tl_ticks();
	tl_clock.ticks_per_ms = tl_udiv(tl_port.tick_hz, 1000);
}

void tl_clock_advance(void)
{
	uintptr_t lock = tl_arch_lock(); /* a hit may ask what time it is */
	uint32_t ticks = tl_ticks();

	tl_clock.spare_ticks += ticks - tl_clock.last_ticks;
	tl_clock.last_ticks = ticks;
#if TL_BUDGET
	tl_clock.since = ticks;
	tl_clock.taken = 0;
#endif
	for (; tl_clock.spare_ticks >= tl_port.tick_hz; tl_clock.spare_ticks -= tl_port.tick_hz)
		tl_clock.now_ms += 1000;
	if (!tl_clock.ticks_per_ms) { /* ticks are longer than a millisecond */
		tl_clock.now_ms += tl_clock.spare_ticks * tl_udiv(1000, tl_port.tick_hz);
		tl_clock.spare_ticks = 0;
	}
	for (; tl_clock.ticks_per_ms && tl_clock.spare_ticks >= tl_clock.ticks_per_ms;
	     tl_clock.spare_ticks -= tl_clock.ticks_per_ms)
		tl_clock.now_ms++;
	tl_arch_unlock(lock);
}

#if TL_GDB
static uint32_t patience; /* ticks that firmware which polls like this may go without; 0: it has not
                             polled since it went on */

/*
 * Has the main loop not polled for so long that a debugger cannot wait for it? It may hang, and yet
 * interrupts may bring what the debugger says.
 */
bool tl_clock_hangs(void)
{
	return tl_ticks() - tl_clock.last_ticks > tl_port.tick_hz / 2;
}

/* Twice the longest of the last gaps between polls, and no less than what an interrupt or a busy
 * moment may take. */
void tl_clock_polls(void)
{
	uint32_t gap = tl_ticks() - tl_clock.last_ticks, least = tl_port.tick_hz / 16;

	patience -= patience / 16;
	if (patience < 2 * gap)
		patience = 2 * gap;
	if (patience < least)
		patience = least;
	tl_clock_advance();
}

bool tl_clock_polls_soon(void)
{
	return tl_ticks() - tl_clock.last_ticks < patience && !tl_clock_hangs();
}

void tl_clock_goes_on(void)
{
	patience = 0;
}
#endif
