/* SPDX-License-Identifier: MIT */
/*
 * A range of memory that reads as it stands: it can be read in a trap, and no patch is in it. Who
 * reads in traps finds one and notes it here; who patches text forgets it (probe/text.c).
 */
#ifndef TL_CLEAR_H
#define TL_CLEAR_H

#include <stdint.h>

#include "tl_config.h"

/* A word or less that begins at one of the `room` addresses from `base` on is within the range. */
struct tl_clear {
	uintptr_t base, room;
};
#if TL_FETCH
extern struct tl_clear tl_clear;
#endif

#endif
