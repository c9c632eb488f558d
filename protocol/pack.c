/* SPDX-License-Identifier: MIT */
/*
 * Numbers on the wire: see pack.h. The CRCs are bitwise: 8 steps a byte, no table in flash.
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

uint16_t tl_crc16(uint16_t crc, uint8_t byte)
{
	crc ^= (uint16_t)(byte << 8);
	for (int i = 0; i < 8; i++)
		crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
	return crc;
}

uint32_t tl_crc32(uint32_t crc, uint8_t byte)
{
	crc ^= (uint32_t)byte << 24;
	for (int i = 0; i < 8; i++)
		crc = crc & 0x80000000u ? crc << 1 ^ 0x04c11db7u : crc << 1;
	return crc;
}
