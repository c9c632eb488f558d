/* SPDX-License-Identifier: MIT */
/*
 * Snapshots, delta-coded, the target's end: see record.h and SPEC.md, "The stream".
 */
#include "record.h"

#include "pack.h"
#include "record_flags.h"

/* A head of two bytes, gap, time and elapsed time of five each, mask and registers of a word each:
 * five bytes for every four; and of a stack three numbers of three. */
unsigned tl_record_max(const struct tl_record_format *f)
{
	return 2 + 5 + 5 + 5 + (f->nregs + 1) * (f->word + f->word / 4u) + 3 * 3;
}

static uintptr_t change(const struct tl_record_format *f, unsigned reg, uintptr_t now,
                        uintptr_t before)
{
	unsigned spare = (unsigned)(sizeof(uintptr_t) - f->word) * 8;

	if (f->flags >> reg & 1)
		return tl_rotate(f, now ^ before, TL_FLAG_ROTATE);
	return tl_zigzag((intptr_t)((now - before) << spare) >> spare);
}

/*
 * May the old mask stand for the new one? An unchanged register costs one byte, a new mask about
 * three: so if the old one has all the new one's bits and few more.
 */
static bool covers(uintptr_t old, uintptr_t mask)
{
	uintptr_t extra = old & ~mask;

	if (mask & ~old)
		return false;
	extra &= extra - 1;
	extra &= extra - 1;
	return !(extra & (extra - 1));
}

static unsigned put_shape(uint8_t *out, const struct tl_stack_shape *s)
{
	unsigned n = tl_put_varint(out, (uintptr_t)s->main << TL_SHAPE_SHIFT |
	                                        (s->regs ? TL_SHAPE_REGS : 0) |
	                                        (s->other ? TL_SHAPE_OTHER : 0));

	if (s->other)
		n += tl_put_varint(out + n, s->other);
	return n + tl_put_varint(out + n, s->base);
}

/* Which of those that are asked for are not as they were. All below the last of these are there. */
static uintptr_t changed(const struct tl_snapshot *s, const struct tl_delta *prev, unsigned nregs)
{
	const uintptr_t *now = s->regs, *before = prev->regs;
	uintptr_t mask = 0, bit = 1, left = s->select & (((uintptr_t)2 << (nregs - 1)) - 1);

	do {
		if (*now++ != *before++)
			mask |= bit;
		bit <<= 1;
		left >>= 1;
	} while (left);
	return mask & s->select;
}

unsigned tl_record_encode(uint8_t *out, const struct tl_record_format *f,
                          const struct tl_snapshot *s, const struct tl_delta *prev,
                          uint32_t last_time, uintptr_t *mask_to)
{
	uint32_t gap = s->seq - prev->seq - 1;
	uintptr_t mask = changed(s, prev, f->nregs), head = (uintptr_t)s->probe << TL_RECORD_SHIFT,
	          left;
	unsigned n = 0, i;

	if (covers(prev->mask, mask))
		mask = prev->mask;
	if (gap)
		head |= TL_RECORD_GAP;
	if (mask != prev->mask)
		head |= TL_RECORD_MASK;
	if (s->returned)
		head |= TL_RECORD_RETURN;
	if (s->user)
		head |= TL_RECORD_USER;
	if (s->stack)
		head |= TL_RECORD_STACK;
	n += tl_put_varint(out + n, head);
	if (gap)
		n += tl_put_varint(out + n, gap);
	n += tl_put_varint(out + n, s->time - last_time);
	if (s->returned)
		n += tl_put_varint(out + n, s->elapsed);
	if (mask != prev->mask)
		n += tl_put_varint(out + n, mask);
	for (left = mask, i = 0; left; left >>= 1, i++)
		if (left & 1)
			n += tl_put_varint(out + n, change(f, i, s->regs[i], prev->regs[i]));
	if (s->stack)
		n += put_shape(out + n, s->stack);
	*mask_to = mask;
	return n;
}

void tl_record_keep(const struct tl_snapshot *s, uintptr_t mask, struct tl_delta *prev)
{
	prev->seq = s->seq;
	prev->mask = mask;
	for (unsigned i = 0; mask; i++, mask >>= 1)
		if (mask & 1)
			prev->regs[i] = s->regs[i];
}
