/* SPDX-License-Identifier: MIT */
/*
 * A range of memory that reads as it stands: it can be read in a trap, and no patch is in it. Who
 * reads in traps finds one and notes it here; who patches text forgets it (probe/text.c).
 */
#ifndef TL_CLEAR_H
#define TL_CLEAR_H

#include <stdint.h>

#include "tl_config.h"

/*
 * A word or less that begins at one of the `room` addresses from `base` on is within the range;
 * `base` is a multiple of a word, and `quads` is a quarter of `room`, rounded up: there begin so
 * many that are 4 bytes and aligned. In this order, since two each are loaded at once.
 */
struct tl_clear {
	uintptr_t room, base, quads;
};
#if TL_FETCH
extern struct tl_clear tl_clear;

static inline void tl_clear_forget(void)
{
	tl_clear.room = tl_clear.quads = 0;
}
#else
static inline void tl_clear_forget(void)
{
}
#endif

#endif
