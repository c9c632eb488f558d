/* SPDX-License-Identifier: MIT */
/*
 * The ring: records from traps to the line. Bounded, lock-free, in words.
 *
 * One producer at a time (traps do not nest into each other's recording: nothing in the agent is probed), one consumer (the
 * drain, guarded in agent.c). `head` and `tail` run freely; each is written by one side only. A record never wraps: where
 * the end is too near, a pad record fills it.
 */
#include "internal.h"

static uintptr_t ring[TL_RING_WORDS];
static volatile uint32_t head, tail;

_Static_assert((TL_RING_WORDS & (TL_RING_WORDS - 1)) == 0 && TL_RING_SIZE >= 128 && TL_RING_SIZE <= 32768, "TL_RING_SIZE");

enum { WORDS_SHIFT = 16, MASK = TL_RING_WORDS - 1 };

void tl_ring_init(void)
{
	head = tail = 0;
}

uintptr_t *tl_ring_reserve(unsigned words)
{
	uint32_t at = head & MASK;
	uint32_t free = TL_RING_WORDS - (head - tail);

	if (at + words > TL_RING_WORDS) {
		uint32_t pad = TL_RING_WORDS - at;

		if (free < pad + words)
			return 0;
		ring[at] = (uintptr_t)pad << WORDS_SHIFT;
		head += pad;
		at = 0;
	} else if (free < words) {
		return 0;
	}
	return &ring[at];
}

void tl_ring_commit(unsigned words)
{
	__atomic_signal_fence(__ATOMIC_RELEASE);
	head += words;
}

const uintptr_t *tl_ring_peek(void)
{
	while (tail != head) {
		const uintptr_t *record = &ring[tail & MASK];

		if (record[0] & 0xff)
			return record;
		tl_ring_drop();
	}
	return 0;
}

void tl_ring_drop(void)
{
	tail += (uint32_t)(ring[tail & MASK] >> WORDS_SHIFT) & 0xffff;
}

unsigned tl_ring_used(void)
{
	return head - tail;
}
