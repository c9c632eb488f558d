/* SPDX-License-Identifier: MIT */
/*
 * Reads numbers of little-endian tables that may be damaged: beyond the end they are 0, and the
 * cursor is bad from then on.
 */
#ifndef HOST_CURSOR_H
#define HOST_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
	uint8_t *bytes;
	size_t at, end;
	bool bad;
};

static inline uint64_t number_at(const uint8_t *from, unsigned n)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < n; i++)
		value |= (uint64_t)from[i] << 8 * i;
	return value;
}

static inline void put_number(uint8_t *to, unsigned n, uint64_t value)
{
	for (unsigned i = 0; i < n; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

/* Passes over what comes next; where it begins. */
static inline size_t take_bytes(struct cursor *c, uint64_t n)
{
	size_t at = c->at;

	if (c->bad || n > c->end - c->at) {
		c->bad = true;
		c->at = c->end;
	} else {
		c->at += (size_t)n;
	}
	return at;
}

static inline uint64_t take(struct cursor *c, unsigned n)
{
	size_t at = take_bytes(c, n);

	return c->bad ? 0 : number_at(c->bytes + at, n);
}

/* LEB128; of a signed one the bits as they stand. */
static inline uint64_t take_uleb(struct cursor *c)
{
	uint64_t value = 0;
	unsigned shift = 0;

	while (c->at < c->end && !c->bad) {
		uint8_t byte = c->bytes[c->at++];

		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
		if (!(byte & 0x80))
			return value;
	}
	c->bad = true;
	return 0;
}

/* A text and the 0 at its end; its length. */
static inline size_t take_text(struct cursor *c)
{
	size_t at = c->at;

	while (c->at < c->end && c->bytes[c->at])
		c->at++;
	take_bytes(c, 1);
	return c->at - at;
}

/* What is of this length. */
static inline struct cursor take_part(struct cursor *c, uint64_t n)
{
	size_t at = take_bytes(c, n);

	return (struct cursor){.bytes = c->bytes, .at = at, .end = c->at, .bad = c->bad};
}

/* An initial length of DWARF and what is of this length; `offset` is what a section offset has
 * there, in bytes. */
static inline struct cursor take_unit(struct cursor *c, unsigned *offset)
{
	uint64_t length = take(c, 4);

	*offset = 4;
	if (length == 0xffffffff) {
		*offset = 8;
		length = take(c, 8);
	}
	return take_part(c, length);
}

#endif
