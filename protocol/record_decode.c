/* SPDX-License-Identifier: MIT */
/*
 * Snapshots, delta-coded, the host's end: see record.h and SPEC.md, "The stream". The agent is
 * built without it.
 */
#include "pack.h"
#include "record.h"
#include "record_flags.h"

static uintptr_t apply(const struct tl_record_format *f, unsigned reg, uintptr_t coded,
                       uintptr_t before)
{
	if (f->flags >> reg & 1)
		return before ^ tl_rotate(f, coded, f->word * 8u - TL_FLAG_ROTATE);
	return (before + (uintptr_t)tl_unzigzag(coded)) & tl_word_mask(f);
}

/* The probe id in a head, 0 if it cannot be one. */
static uint8_t probe_of(uintptr_t head)
{
	enum { FLAGS = TL_RECORD_RETURN | TL_RECORD_USER | TL_RECORD_STACK | TL_RECORD_PIECE };
	uintptr_t id = (head & ~(uintptr_t)FLAGS) >> TL_RECORD_SHIFT;

	return id > TL_PROBE_MAX ? 0 : (uint8_t)id;
}

uint8_t tl_record_probe(const uint8_t *in, unsigned n)
{
	uintptr_t head;

	return tl_get_varint(in, n, &head) ? probe_of(head) : 0;
}

bool tl_record_is_piece(const uint8_t *in, unsigned n)
{
	uintptr_t head;

	return tl_get_varint(in, n, &head) && head & TL_RECORD_PIECE;
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

/* A stack's shape. False: it is malformed. */
static bool take_shape(const uint8_t *in, unsigned n, unsigned *at, unsigned nregs,
                       struct tl_stack_shape *s)
{
	uint32_t first, other = 0, base;

	if (!take(in, n, at, &first) ||
	    (first & TL_SHAPE_OTHER && (!take(in, n, at, &other) || !other)) ||
	    !take(in, n, at, &base) || first >> TL_SHAPE_SHIFT > UINT16_MAX / 4 ||
	    other > UINT16_MAX / 4)
		return false;
	*s = (struct tl_stack_shape){.any = true,
	                             .regs = first & TL_SHAPE_REGS,
	                             .main = (uint16_t)(first >> TL_SHAPE_SHIFT),
	                             .other = (uint16_t)other,
	                             .base = (uint16_t)base};
	return base <= tl_stack_words(s, nregs);
}

unsigned tl_record_decode(const uint8_t *in, unsigned n, const struct tl_record_format *f,
                          struct tl_record *r, struct tl_delta *prev, uint32_t *last_time)
{
	uint32_t head, gap = 0, dt, elapsed = 0;
	uintptr_t mask = prev->mask;
	unsigned at = 0;

	if (!take(in, n, &at, &head) || !probe_of(head) || head & TL_RECORD_PIECE)
		return 0;
	if (head & TL_RECORD_GAP && !take(in, n, &at, &gap))
		return 0;
	if (!take(in, n, &at, &dt) || (head & TL_RECORD_RETURN && !take(in, n, &at, &elapsed)))
		return 0;
	if (head & TL_RECORD_MASK) {
		unsigned used = tl_get_varint(in + at, n - at, &mask);

		if (!used || f->nregs > TL_RECORD_REGS ||
		    (f->nregs < sizeof mask * 8 && mask >> f->nregs))
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
	r->stack = (struct tl_stack_shape){0};
	r->words = 0;
	if (head & TL_RECORD_STACK && !take_shape(in, n, &at, f->nregs, &r->stack))
		return 0;
	prev->seq += gap + 1;
	prev->mask = mask;
	*last_time += dt;
	r->probe = probe_of(head);
	r->returned = head & TL_RECORD_RETURN;
	r->user = head & TL_RECORD_USER;
	r->seq = prev->seq;
	r->time = *last_time;
	r->elapsed = elapsed;
	for (unsigned i = 0; i < f->nregs; i++)
		r->regs[i] = prev->regs[i];
	return at;
}
