/* SPDX-License-Identifier: MIT */
/*
 * Snapshots, delta-coded: see record.h and SPEC.md, "The stream".
 */
#include "record.h"

#include "pack.h"

/* A head of two bytes, gap and time of five each, mask and registers of a word each. */
unsigned tl_record_max(const struct tl_record_format *f)
{
	return 2 + 5 + 5 + (f->nregs + 1) * ((f->word * 8u + 6) / 7);
}

static uintptr_t word_mask(const struct tl_record_format *f)
{
	return f->word < sizeof(uintptr_t) ? ((uintptr_t)1 << 8 * f->word) - 1 : ~(uintptr_t)0;
}

/* A flag word's busy bits are its top ones (N, Z, C, V on Arm): rotate them down to where a varint is short. */
enum { FLAG_ROTATE = 8 };

static uintptr_t rotate(const struct tl_record_format *f, uintptr_t v, unsigned by)
{
	unsigned bits = f->word * 8u;

	return (v << by | (v & word_mask(f)) >> (bits - by)) & word_mask(f);
}

static uintptr_t change(const struct tl_record_format *f, unsigned reg, uintptr_t now, uintptr_t before)
{
	unsigned spare = (unsigned)(sizeof(uintptr_t) - f->word) * 8;

	if (f->flags >> reg & 1)
		return rotate(f, now ^ before, FLAG_ROTATE);
	return tl_zigzag((intptr_t)((now - before) << spare) >> spare);
}

static uintptr_t apply(const struct tl_record_format *f, unsigned reg, uintptr_t coded, uintptr_t before)
{
	if (f->flags >> reg & 1)
		return before ^ rotate(f, coded, f->word * 8u - FLAG_ROTATE);
	return (before + (uintptr_t)tl_unzigzag(coded)) & word_mask(f);
}

/*
 * May the old mask stand for the new one? An unchanged register costs one byte, a new mask about three: so if the old one has
 * all the new one's bits and few more.
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

unsigned tl_record_encode(uint8_t *out, const struct tl_record_format *f, uint8_t probe, uint32_t seq, uint32_t time,
                          const uintptr_t *regs, uintptr_t select, struct tl_delta *prev, uint32_t *last_time)
{
	uint32_t gap = seq - prev->seq - 1;
	uintptr_t mask = 0, head = (uintptr_t)probe << TL_RECORD_SHIFT;
	unsigned n = 0;

	for (unsigned i = 0; i < f->nregs; i++)
		if (select >> i & 1 && regs[i] != prev->regs[i])
			mask |= (uintptr_t)1 << i;
	if (covers(prev->mask, mask))
		mask = prev->mask;
	if (gap)
		head |= TL_RECORD_GAP;
	if (mask != prev->mask)
		head |= TL_RECORD_MASK;
	n += tl_put_varint(out + n, head);
	if (gap)
		n += tl_put_varint(out + n, gap);
	n += tl_put_varint(out + n, time - *last_time);
	if (mask != prev->mask)
		n += tl_put_varint(out + n, mask);
	for (unsigned i = 0; i < f->nregs; i++)
		if (mask >> i & 1) {
			n += tl_put_varint(out + n, change(f, i, regs[i], prev->regs[i]));
			prev->regs[i] = regs[i];
		}
	prev->seq = seq;
	prev->mask = mask;
	*last_time = time;
	return n;
}

uint8_t tl_record_probe(const uint8_t *in, unsigned n)
{
	uintptr_t head;

	if (!tl_get_varint(in, n, &head) || head >> TL_RECORD_SHIFT > TL_PROBE_MAX)
		return 0;
	return (uint8_t)(head >> TL_RECORD_SHIFT);
}

/* Reads one varint of at most 32 bits and moves on; false at the end of input. */
static bool take(const uint8_t *in, unsigned n, unsigned *at, uint32_t *v)
{
	uintptr_t wide;
	unsigned used = tl_get_varint(in + *at, n - *at, &wide);

	if (!used || wide > UINT32_MAX)
		return false;
	*at += used;
	*v = (uint32_t)wide;
	return true;
}

unsigned tl_record_decode(const uint8_t *in, unsigned n, const struct tl_record_format *f, struct tl_record *r,
                          struct tl_delta *prev, uint32_t *last_time)
{
	uint32_t head, gap = 0, dt;
	uintptr_t mask = prev->mask;
	unsigned at = 0;

	if (!take(in, n, &at, &head) || !(head >> TL_RECORD_SHIFT) || head >> TL_RECORD_SHIFT > TL_PROBE_MAX)
		return 0;
	if (head & TL_RECORD_GAP && !take(in, n, &at, &gap))
		return 0;
	if (!take(in, n, &at, &dt))
		return 0;
	if (head & TL_RECORD_MASK) {
		unsigned used = tl_get_varint(in + at, n - at, &mask);

		if (!used || f->nregs > TL_RECORD_REGS || (f->nregs < sizeof mask * 8 && mask >> f->nregs))
			return 0;
		at += used;
	}
	for (unsigned i = 0; i < f->nregs; i++) {
		uintptr_t coded;
		unsigned used;

		if (!(mask >> i & 1))
			continue;
		used = tl_get_varint(in + at, n - at, &coded);
		if (!used)
			return 0;
		at += used;
		prev->regs[i] = apply(f, i, coded, prev->regs[i]);
	}
	prev->seq += gap + 1;
	prev->mask = mask;
	*last_time += dt;
	r->probe = (uint8_t)(head >> TL_RECORD_SHIFT);
	r->seq = prev->seq;
	r->time = *last_time;
	for (unsigned i = 0; i < f->nregs; i++)
		r->regs[i] = prev->regs[i];
	return at;
}
