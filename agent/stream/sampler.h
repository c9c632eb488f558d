/* SPDX-License-Identifier: MIT */
/*
 * Samplers: fetch programs that tl_poll() runs, and no probe; each has a period of its own. A
 * sampler is a struct tl_remote of kind TL_KIND_LIVE. Base level.
 */
#ifndef TL_SAMPLER_H
#define TL_SAMPLER_H

#include "stream/remote.h"

enum { TL_PERIOD_MAX = 600000 }; /* ms */

#if TL_FETCH

/* It is disabled at first. 0, also where it is there already, or -TL_EBUSY, -TL_EFULL. */
int tl_sampler_add(unsigned id, uint32_t period_ms);
/* It begins with a sample at once. -TL_EINVAL: it has no program. */
int tl_sampler_enable(struct tl_remote *r, bool on);
/* Runs those that are due. */
void tl_samplers_poll(void);

#else

static inline int tl_sampler_enable(struct tl_remote *r, bool on)
{
	(void)r, (void)on;
	return 0;
}
static inline void tl_samplers_poll(void)
{
}

#endif

#endif
