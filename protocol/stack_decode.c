/* SPDX-License-Identifier: MIT */
/*
 * Stacks in pieces, the host's end: see stack.h and SPEC.md, "Stacks". It is no part of the agent.
 */
#include "stack.h"

#include "record_flags.h"

unsigned tl_stack_head(const uint8_t *in, unsigned n)
{
	uintptr_t head;
	unsigned used = tl_get_varint(in, n, &head);

	return tl_record_is_piece(in, n) ? used : 0;
}

static void apply(const struct tl_record_format *f, uintptr_t coded, uintptr_t *words,
                  struct tl_stack_way *way)
{
	uintptr_t was = way->at < way->base ? words[way->at] : 0;

	words[way->at++] = (was + (uintptr_t)tl_unzigzag(coded)) & tl_word_mask(f);
}

unsigned tl_stack_decode(const uint8_t *in, unsigned n, const struct tl_record_format *f,
                         uintptr_t *words, struct tl_stack_way *way)
{
	unsigned at = 0, used;
	uintptr_t coded, run;

	while (way->at < way->n) {
		used = tl_get_varint(in + at, n - at, &coded);
		if (!used)
			return 0;
		at += used;
		if (coded) {
			apply(f, coded, words, way);
			continue;
		}
		used = tl_get_varint(in + at, n - at, &run);
		if (!used || run > way->n - way->at)
			return 0;
		at += used;
		if (!run)
			return at; /* the next piece goes on */
		while (run--)
			apply(f, 0, words, way);
	}
	return at;
}
