/* SPDX-License-Identifier: MIT */
/*
 * Numbers on the wire: hex (RSP), varints and zigzag (stream), and the two checks, shared by agent
 * and host.
 *
 * Varint: little-endian base 128, high bit = more (LEB128, DWARF 5 section 7.6). Zigzag: 0, -1, 1,
 * -2 … -> 0, 1, 2, 3 … CRC-16: polynomial 0x1021, initial value 0xffff, not reflected
 * (CRC-16/IBM-3740, "CCITT-FALSE"). CRC-32 as GDB's qCRC wants it: polynomial 0x04c11db7, initial
 * value 0xffffffff, not reflected, no final xor.
 *
 * All functions may be called from any context; none keeps state.
 */
#ifndef TL_PACK_H
#define TL_PACK_H

#include <stdbool.h>
#include <stdint.h>

enum { TL_VARINT_MAX = (sizeof(uintptr_t) * 8 + 6) / 7 }; /* bytes of the longest varint */

/* Writes `v` at `out` (room for TL_VARINT_MAX bytes); returns the bytes written. */
unsigned tl_put_varint(uint8_t *out, uintptr_t v);
/* Reads a varint from in[0..n); returns the bytes read, 0 if it is cut short or too long for a
 * word. */
unsigned tl_get_varint(const uint8_t *in, unsigned n, uintptr_t *v);

static inline uintptr_t tl_zigzag(intptr_t v)
{
	return ((uintptr_t)v << 1) ^ (uintptr_t)(v < 0 ? -1 : 0);
}
static inline intptr_t tl_unzigzag(uintptr_t v)
{
	return (intptr_t)((v >> 1) ^ (0 - (v & 1)));
}

/* The value of a hex digit in either case, -1 for any other byte. */
int tl_hex_digit(uint8_t c);
/* The digit of a nibble, lower case. */
uint8_t tl_hex_char(unsigned nibble);
/* Reads a big-endian hex number at *p, before `end`; advances *p. False: no digit there, or more
 * than a word. */
bool tl_get_hex(const uint8_t **p, const uint8_t *end, uintptr_t *v);
/* Writes `v` as hex without leading zeros; returns the bytes written (at most 2 * sizeof v). */
unsigned tl_put_hex(uint8_t *out, uintptr_t v);

/* A byte at once: the polynomial is 1 + x^5 + x^12. */
static inline uint16_t tl_crc16(uint16_t crc, uint8_t byte)
{
	uint32_t x = crc >> 8 ^ byte;

	x ^= x >> 4;
	return (uint16_t)(crc << 8 ^ x << 12 ^ x << 5 ^ x);
}

uint32_t tl_crc32(uint32_t crc, uint8_t byte);

#endif
