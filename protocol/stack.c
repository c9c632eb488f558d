/* SPDX-License-Identifier: MIT */
/*
 * Stacks in pieces, the target's end: see stack.h and SPEC.md, "Stacks".
 */
#include "stack.h"

static uintptr_t change(const struct tl_record_format *f, const uintptr_t *now,
                        const uintptr_t *before, const struct tl_stack_way *way)
{
	unsigned spare = (unsigned)(sizeof(uintptr_t) - f->word) * 8;
	uintptr_t was = way->at < way->base ? before[way->at] : 0;

	return tl_zigzag((intptr_t)((now[way->at] - was) << spare) >> spare);
}

unsigned tl_stack_encode(uint8_t *out, const struct tl_record_format *f, const uintptr_t *now,
                         const uintptr_t *before, struct tl_stack_way *way)
{
	uintptr_t coded = change(f, now, before, way);
	unsigned run = 0;

	if (coded) {
		way->at++;
		return tl_put_varint(out, coded);
	}
	do
		run++, way->at++;
	while (way->at < way->n && !change(f, now, before, way));
	out[0] = 0;
	return 1 + tl_put_varint(out + 1, run);
}
