/* SPDX-License-Identifier: MIT */
/*
 * A walk over a function's code from its entry, forwards, both ways of branches: for
 * tl_isa.returns(), which asks what becomes of the return address. Each place is seen once, in the
 * order of addresses; what is reached only by jumping back is not seen.
 */
#ifndef TL_WALK_H
#define TL_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "isa.h"

/* One instruction, as the walk needs it; what the ISA's own `step` fills in. If `len` is 0, nothing
 * else is looked at. */
struct tl_step {
	unsigned len; /* bytes; 0: it is not all there, the walk ends */
	bool refused; /* no return can be hooked where this is */
	bool leads; /* away: the code does not go on behind it, or no longer with the return address
	               in its register */
	int32_t jumps; /* it may go on so many bytes from its start; not above 0: it does not, or
	                  back */
};
typedef void tl_step_fn(void *walk, const uint8_t *bytes, unsigned n, struct tl_step *to);

/* Places that a walk has yet to see. One too many is passed over. */
struct tl_ahead {
	unsigned at[8], n;
};

static inline void tl_note(struct tl_ahead *ahead, unsigned at)
{
	for (unsigned i = 0; i < ahead->n; i++)
		if (ahead->at[i] == at)
			return;
	if (ahead->n < sizeof ahead->at / sizeof *ahead->at)
		ahead->at[ahead->n++] = at;
}

/* The nearest place from `at` on, ~0u if there is none. */
static inline unsigned tl_nearest(const struct tl_ahead *ahead, unsigned at)
{
	unsigned best = ~0u;

	for (unsigned i = 0; i < ahead->n; i++)
		if (ahead->at[i] >= at && ahead->at[i] < best)
			best = ahead->at[i];
	return best;
}

/* 0, or -TL_ERETURN where a step is refused. `walk` is the ISA's own, for `step`. */
static inline int tl_walk(const struct tl_text *text, tl_step_fn *step, void *walk)
{
	struct tl_ahead ahead;

	ahead.n = 0;
	for (unsigned at = 0; at < text->after;) {
		struct tl_step s;

		step(walk, text->bytes + at, text->after - at, &s);
		if (!s.len)
			break;
		if (s.refused)
			return -TL_ERETURN;
		if (s.jumps > 0)
			tl_note(&ahead, at + (unsigned)s.jumps);
		at += s.len;
		if (s.leads)
			at = tl_nearest(&ahead, at);
	}
	return 0;
}

#endif
