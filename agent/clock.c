/* SPDX-License-Identifier: MIT */
/*
 * The agent's time, in milliseconds and microseconds since tl_init(), and how often the firmware polls.
 */
#include "internal.h"

#include "tvar.h"
#include "wide.h"

TL_RAM(".bss");

struct tl_clock tl_clock;

void tl_clock_advance(void)
{
	uintptr_t lock = tl_arch_lock(); /* a hit may ask what time it is */
	uint32_t ticks = tl_ticks();

	tl_clock.spare_ticks += ticks - tl_clock.last_ticks;
	tl_clock.last_ticks = ticks;
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

bool tl_work_may_go_on(uint32_t since)
{
	return tl_ticks() - since < tl_clock.ticks_per_ms / 4;
}

#if TL_BYTECODE
uint64_t tl_time_us(void)
{
	uint64_t rest, ticks;

	if (!tl_port.tick_hz)
		return 0; /* before tl_init() */
	ticks = (uint64_t)tl_clock.spare_ticks + (tl_ticks() - tl_clock.last_ticks);
	return tl_wide_mul(tl_clock.now_ms, 1000) + tl_wide_div(tl_wide_mul(ticks, 1000000), tl_port.tick_hz, &rest);
}
#endif

/* ---- how often the firmware polls ---- */

static struct polls {
	uint32_t last;  /* when it polled last, or went on from a halt, in ticks */
	uint32_t usual; /* ticks from one to the next */
	bool any;       /* since it went on */
	bool under_way;
} polls;

/*
 * Has the main loop not polled for so long that a debugger cannot wait for it? It may hang, and yet interrupts may bring what
 * the debugger says.
 */
bool tl_clock_hangs(void)
{
	return tl_ticks() - tl_clock.last_ticks > tl_port.tick_hz / 2;
}

/*
 * ^C is waited for no longer than firmware that polls takes to do so, with a margin, since nothing comes behind it that could end
 * the wait. Not at all where it has not polled since it went on.
 */
bool tl_clock_polls_soon(void)
{
	enum { MARGIN = 4 };

	if (tl_clock_hangs())
		return false;
	return polls.under_way || (polls.any && tl_ticks() - polls.last <= MARGIN * polls.usual + 1);
}

void tl_clock_polls(bool begins)
{
	uint32_t now = tl_ticks();

	if (begins && polls.any)
		polls.usual = polls.usual - polls.usual / 16 + (now - polls.last) / 16;
	polls.under_way = begins;
	polls.last = now;
	polls.any = true;
}

void tl_clock_goes_on(void)
{
	polls.last = tl_ticks();
	polls.any = false;
}
