/* SPDX-License-Identifier: MIT */
/*
 * The ring: records from traps to the line. One producer at a time, one consumer.
 */
#ifndef TL_RING_H
#define TL_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "tl_config.h"

enum { TL_RING_WORDS = TL_RING_SIZE / sizeof(uintptr_t) };
enum { TL_RING_WORDS_SHIFT = 16, TL_RING_WORDS_MASK = 0x7fff }; /* of a record, in words[0] */

/*
 * A record in the ring: words[0] = id | remote's index << 8 | words << 16 | TL_RING_USER if the
 * code was unprivileged, words[1] = seq, words[2] = time, then the registers, or the words of a
 * fetch program; of a return, then the ticks since its entry; of a probe with a stack, then that
 * (stacks.h).
 */
struct tl_ring {
	/* Words, running freely: each written by one side only. */
	volatile uint32_t head, tail;
	uintptr_t words[TL_RING_WORDS];
};
extern struct tl_ring tl_ring;

uintptr_t *tl_ring_wrap(unsigned words);
/* Room for a record, or NULL: full. In a trap: one producer at a time. */
static inline uintptr_t *tl_ring_reserve(unsigned words)
{
	uint32_t head = tl_ring.head, at = head % TL_RING_WORDS;

	if (at + words > TL_RING_WORDS)
		return tl_ring_wrap(words);
	return head - tl_ring.tail > TL_RING_WORDS - words ? 0 : &tl_ring.words[at];
}
static inline void tl_ring_commit(unsigned words)
{
	__atomic_signal_fence(__ATOMIC_RELEASE);
	tl_ring.head += words;
}
/* The last words of the record that was committed last. */
static inline uintptr_t *tl_ring_last(unsigned words)
{
	return &tl_ring.words[(tl_ring.head - words) % TL_RING_WORDS];
}
/* Words that a record takes. */
static inline uint32_t tl_ring_words(const uintptr_t *record)
{
	return (uint32_t)(*record >> TL_RING_WORDS_SHIFT) & TL_RING_WORDS_MASK;
}
const uintptr_t *tl_ring_peek(void); /* the oldest record, or NULL. One consumer */
void tl_ring_drop(void);             /* done with it */
void tl_ring_forget(uint32_t mark);  /* a probe goes, and its id may come back as another */
unsigned tl_ring_used(void);         /* words */

#endif
