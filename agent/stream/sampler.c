/* SPDX-License-Identifier: MIT */
/*
 * Samplers: values in memory, read again and again while the firmware runs. No text is patched and
 * nothing is halted: tl_poll() runs their programs. Between two records of a sampler lies its
 * period, or more where the firmware polls late. Periods that went by meanwhile are missed.
 */
#include "stream/sampler.h"

#if TL_FETCH

#include "base/clock.h"
#include "base/util.h"

TL_RAM(".bss");

static bool enabled; /* some, perhaps */

int tl_sampler_add(unsigned id, uint32_t period_ms)
{
	const struct tl_remote *r = tl_remote_find(id);
	struct tl_remote want;

	if (r)
		return tl_is_sampler(r) && r->every == period_ms ? 0 : -TL_EBUSY;
	tl_zero(&want, sizeof want);
	want.id = (uint8_t)id;
	want.kind = TL_KIND_LIVE;
	want.every = period_ms;
	return tl_remote_take(&want) ? 0 : -TL_EFULL;
}

int tl_sampler_enable(struct tl_remote *r, bool on)
{
	if (!r->program)
		return -TL_EINVAL;
	if (!on) {
		r->probe.state &= (uint8_t)~TL_PROBE_ENABLED;
	} else if (!(r->probe.state & TL_PROBE_ENABLED)) {
		r->probe.state |= TL_PROBE_ENABLED;
		r->since_ms = tl_clock.now_ms - r->every;
		r->since_ticks = 0;
		enabled = true;
	}
	return 0;
}

/* Whole milliseconds. */
static uint32_t elapsed(const struct tl_remote *r)
{
	return tl_clock.now_ms - r->since_ms - (tl_clock.spare_ticks < r->since_ticks);
}

static void sample(struct tl_remote *r)
{
	r->missed += tl_udiv(elapsed(r), r->every) - 1;
	tl_remote_sample(r);
	r->sampled = true;
}

/* The clock is read once more, so that no two records are closer than the period; and for all at
 * once, so that those which began together go on together. */
static void begin_periods(void)
{
	tl_clock_advance();
	for (struct tl_remote *r = tl_remotes; r < tl_remotes + TL_PROBES; r++) {
		if (!r->id || !tl_is_sampler(r) || !r->sampled)
			continue;
		r->sampled = false;
		r->since_ms = tl_clock.now_ms;
		r->since_ticks = tl_clock.spare_ticks;
	}
}

void tl_samplers_poll(void)
{
	bool any = false;

	if (!enabled)
		return;
	enabled = false;
	for (struct tl_remote *r = tl_remotes; r < tl_remotes + TL_PROBES; r++) {
		if (!r->id || !tl_is_sampler(r) || !(r->probe.state & TL_PROBE_ENABLED))
			continue;
		enabled = true;
		if (elapsed(r) >= r->every) {
			sample(r);
			any = true;
		}
	}
	if (any)
		begin_periods();
}

#endif
