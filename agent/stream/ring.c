/* SPDX-License-Identifier: MIT */
/*
 * The ring: records from traps to the line. Bounded, lock-free, in words.
 *
 * There is one producer at a time: traps do not nest into each other's recording, since nothing in
 * the agent is probed. There is one consumer: the drain, guarded in line.c. `head` and `tail` run
 * freely; each is written by one side only. A record never wraps: where the end is too near, a pad
 * record fills it.
 */
#include "stream/ring.h"

#include "arch.h"
#include "record.h"

TL_RAM(".bss");

struct tl_ring tl_ring;

_Static_assert((TL_RING_WORDS & (TL_RING_WORDS - 1)) == 0 && TL_RING_SIZE >= 128 &&
                       TL_RING_SIZE <= 32768,
               "TL_RING_SIZE");
_Static_assert(TL_RING_WORDS >= TL_RECORD_HEAD + TL_RECORD_REGS + 1,
               "TL_RING_SIZE: no record fits");

enum { MASK = TL_RING_WORDS - 1 };

/* The record does not fit before the end: pads up to there and gives room at the beginning. */
uintptr_t *tl_ring_wrap(unsigned words)
{
	uint32_t head = tl_ring.head, pad = TL_RING_WORDS - (head & MASK);

	if (TL_RING_WORDS - (head - tl_ring.tail) < pad + words)
		return 0;
	tl_ring.words[head & MASK] = (uintptr_t)pad << TL_RING_WORDS_SHIFT;
	tl_ring_commit(pad);
	return tl_ring.words;
}

const uintptr_t *tl_ring_peek(void)
{
	while (tl_ring.tail != tl_ring.head) {
		const uintptr_t *record = &tl_ring.words[tl_ring.tail & MASK];

		__atomic_signal_fence(__ATOMIC_ACQUIRE);
		if (record[0] & 0xff)
			return record;
		tl_ring_drop();
	}
	return 0;
}

void tl_ring_drop(void)
{
	__atomic_signal_fence(__ATOMIC_RELEASE);
	tl_ring.tail += tl_ring_words(&tl_ring.words[tl_ring.tail & MASK]);
}

/* Turns a probe's records into pads. */
void tl_ring_forget(uint32_t mark)
{
	uintptr_t lock = tl_arch_lock();

	for (uint32_t at = tl_ring.tail; at != tl_ring.head;) {
		uintptr_t *record = &tl_ring.words[at & MASK];

		at += tl_ring_words(record);
		if ((*record & 0xffff) == (mark & 0xffff))
			*record &= ~(uintptr_t)0xff;
	}
	tl_arch_unlock(lock);
}

unsigned tl_ring_used(void)
{
	return tl_ring.head - tl_ring.tail;
}
