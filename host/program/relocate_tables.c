/* SPDX-License-Identifier: MIT */
/*
 * .eh_frame_hdr and .ARM.exidx: see relocate_parts.h. Follows the Linux Standard Base 5.0, 10.6.2,
 * and "Exception Handling ABI for the Arm Architecture" (EHABI32), 6.
 */
#include <stdlib.h>

#include "base/util.h"
#include "program/relocate_parts.h"

/* -- .eh_frame_hdr -- */

enum { PCREL_SDATA4 = 0x1b, UDATA4 = 0x03, DATAREL_SDATA4 = 0x3b, OMIT = 0xff };
enum { HEAD = 12, ROW = 8 };

struct row {
	uint64_t start;
	uint32_t function, entry; /* distances from the table */
};

static int by_start(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static bool fits(int64_t value)
{
	return value == (int32_t)value;
}

/* A distance from a place of the section, of 32 bits, where the segment of its target is now;
 * false: it is too far. */
static bool move_distance(const struct relocation *r, const struct section_bytes *s, uint64_t from,
                          uint8_t *at)
{
	int64_t distance = (int32_t)number_at(at, 4);
	uint64_t target = (from + (uint64_t)distance) & mask_of(r->word);
	uint64_t by = shift_of(segment_near(r, NULL, target)) - shift_of(s->segment);

	distance = (int64_t)((uint64_t)distance + by);
	put_number(at, 4, (uint64_t)distance);
	return r->word == 4 || fits(distance);
}

static bool move_rows(const struct relocation *r, struct section_bytes *s, size_t n)
{
	struct row *rows = grow(NULL, n + 1, sizeof *rows);
	uint64_t base = s->addr + shift_of(s->segment);
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		uint8_t *at = s->bytes + HEAD + i * ROW;

		ok &= move_distance(r, s, s->addr, at);
		ok &= move_distance(r, s, s->addr, at + 4);
		rows[i].function = (uint32_t)number_at(at, 4);
		rows[i].entry = (uint32_t)number_at(at + 4, 4);
		rows[i].start =
		        (base + (uint64_t)(int64_t)(int32_t)rows[i].function) & mask_of(r->word);
	}
	qsort(rows, n, sizeof *rows, by_start); /* segments may have changed places */
	for (size_t i = 0; i < n; i++) {
		put_number(s->bytes + HEAD + i * ROW, 4, rows[i].function);
		put_number(s->bytes + HEAD + i * ROW + 4, 4, rows[i].entry);
	}
	free(rows);
	return ok;
}

/* A table for bisection. Without it .eh_frame is read from its start. */
void relocate_frame_table(const struct relocation *r, struct section_bytes *s)
{
	uint64_t n;
	bool known;

	if (s->n < HEAD)
		return;
	known = s->bytes[1] == PCREL_SDATA4 && s->bytes[2] == UDATA4 &&
	        s->bytes[3] == DATAREL_SDATA4;
	n = number_at(s->bytes + HEAD - 4, 4);
	if (s->bytes[1] == PCREL_SDATA4)
		move_distance(r, s, s->addr + 4, s->bytes + 4);
	if (!known || n > (s->n - HEAD) / ROW || !move_rows(r, s, (size_t)n))
		s->bytes[2] = s->bytes[3] = OMIT;
}

/* -- .ARM.exidx -- */

enum { ENTRY = 8, PREL31_MAX = 1 << 30, INLINE = 1u << 31, CANNOT_UNWIND = 1 };

static bool move_prel31(const struct relocation *r, const struct section_bytes *s, size_t at)
{
	uint32_t word = (uint32_t)number_at(s->bytes + at, 4);
	int32_t distance = (int32_t)(word << 1) >> 1;
	uint64_t target = (s->addr + at + (uint64_t)(int64_t)distance) & mask_of(4);
	int32_t moved =
	        (int32_t)((uint32_t)distance + (uint32_t)(shift_of(segment_near(r, NULL, target)) -
	                                                  shift_of(s->segment)));

	put_number(s->bytes + at, 4, (word & INLINE) | ((uint32_t)moved & ~(uint32_t)INLINE));
	return moved >= -PREL31_MAX && moved < PREL31_MAX;
}

bool relocate_exidx(const struct relocation *r, struct section_bytes *s)
{
	bool ok = true;

	for (size_t at = 0; at + ENTRY <= s->n; at += ENTRY) {
		uint32_t data = (uint32_t)number_at(s->bytes + at + 4, 4);

		ok &= move_prel31(r, s, at);
		if (!(data & INLINE) && data != CANNOT_UNWIND)
			ok &= move_prel31(r, s, at + 4);
	}
	return ok;
}
