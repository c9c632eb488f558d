/* SPDX-License-Identifier: MIT */
/*
 * Numbers on the wire: see pack.h.
 */
#include "pack.h"

unsigned tl_put_varint(uint8_t *out, uintptr_t v)
{
	unsigned n = 0;

	for (; v >= 0x80; v >>= 7)
		out[n++] = (uint8_t)(v | 0x80);
	out[n++] = (uint8_t)v;
	return n;
}

unsigned tl_get_varint(const uint8_t *in, unsigned n, uintptr_t *v)
{
	uintptr_t value = 0;
	unsigned shift = 0;

	for (unsigned i = 0; i < n && shift < sizeof value * 8; i++, shift += 7) {
		uintptr_t bits = in[i] & 0x7f;

		if ((bits << shift) >> shift != bits)
			return 0;
		value |= bits << shift;
		if (!(in[i] & 0x80)) {
			*v = value;
			return i + 1;
		}
	}
	return 0;
}

int tl_hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

uint8_t tl_hex_char(unsigned nibble)
{
	return (uint8_t)(nibble < 10 ? '0' + nibble : 'a' + nibble - 10);
}

bool tl_get_hex(const uint8_t **p, const uint8_t *end, uintptr_t *v)
{
	uintptr_t value = 0;
	const uint8_t *at = *p;

	for (; at < end && tl_hex_digit(*at) >= 0; at++) {
		if (value >> (sizeof value * 8 - 4))
			return false;
		value = value << 4 | (uintptr_t)tl_hex_digit(*at);
	}
	if (at == *p)
		return false;
	*p = at;
	*v = value;
	return true;
}

unsigned tl_put_hex(uint8_t *out, uintptr_t v)
{
	unsigned digits = 1;

	while (digits < sizeof v * 2 && v >> (digits * 4))
		digits++;
	for (unsigned i = 0; i < digits; i++)
		out[i] = tl_hex_char(v >> ((digits - 1 - i) * 4) & 0xf);
	return digits;
}

/* Multiples of the polynomial, by the four bits that leave. */
#define MULTIPLE(n)                                                                                \
	(((n)&1 ? POLYNOMIAL : 0) ^ ((n)&2 ? POLYNOMIAL << 1 : 0) ^                                \
	 ((n)&4 ? POLYNOMIAL << 2 : 0) ^ ((n)&8 ? POLYNOMIAL << 3 : 0))
#define POLYNOMIAL 0x04c11db7u

static const uint32_t multiples[16] = {MULTIPLE(0),  MULTIPLE(1),  MULTIPLE(2),  MULTIPLE(3),
                                       MULTIPLE(4),  MULTIPLE(5),  MULTIPLE(6),  MULTIPLE(7),
                                       MULTIPLE(8),  MULTIPLE(9),  MULTIPLE(10), MULTIPLE(11),
                                       MULTIPLE(12), MULTIPLE(13), MULTIPLE(14), MULTIPLE(15)};

uint32_t tl_crc32(uint32_t crc, uint8_t byte)
{
	crc ^= (uint32_t)byte << 24;
	crc = crc << 4 ^ multiples[crc >> 28];
	return crc << 4 ^ multiples[crc >> 28];
}
