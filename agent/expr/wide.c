/* SPDX-License-Identifier: MIT */
/*
 * 64-bit arithmetic in halves of 32 bits, without libgcc.
 */
#include "expr/wide.h"

static uint64_t join(uint32_t high, uint32_t low)
{
	return (uint64_t)high << 32 | low;
}

uint64_t tl_wide_left(uint64_t v, uint64_t count)
{
	uint32_t high = (uint32_t)(v >> 32), low = (uint32_t)v, n = (uint32_t)count % 32;

	if (count >= 64)
		return 0;
	if (count >= 32)
		return join(low << n, 0);
	return n ? join(high << n | low >> (32 - n), low << n) : v;
}

uint64_t tl_wide_right(uint64_t v, uint64_t count)
{
	uint32_t high = (uint32_t)(v >> 32), low = (uint32_t)v, n = (uint32_t)count % 32;

	if (count >= 64)
		return 0;
	if (count >= 32)
		return high >> n;
	return n ? join(high >> n, low >> n | high << (32 - n)) : v;
}

uint64_t tl_wide_right_signed(uint64_t v, uint64_t count)
{
	return (int64_t)v < 0 ? ~tl_wide_right(~v, count) : tl_wide_right(v, count);
}

static uint64_t mul32(uint32_t a, uint32_t b)
{
	uint32_t a0 = a & 0xffff, a1 = a >> 16, b0 = b & 0xffff, b1 = b >> 16;
	uint32_t middle = a1 * b0 + (a0 * b0 >> 16); /* at most 0xfffeffff */
	uint32_t cross = a0 * b1 + (middle & 0xffff);

	return join(a1 * b1 + (middle >> 16) + (cross >> 16), a * b);
}

uint64_t tl_wide_mul(uint64_t a, uint64_t b)
{
	uint32_t a0 = (uint32_t)a, a1 = (uint32_t)(a >> 32), b0 = (uint32_t)b,
	         b1 = (uint32_t)(b >> 32);

	return mul32(a0, b0) + join(a0 * b1 + a1 * b0, 0);
}

uint64_t tl_wide_div(uint64_t n, uint64_t d, uint64_t *rest)
{
	uint64_t r = 0;

	/* The quotient comes into n from below as n leaves it at the top. */
	for (unsigned i = 0; i < 64; i++) {
		uint32_t carry = (uint32_t)(r >> 63);

		r = r + r + ((uint32_t)(n >> 32) >> 31);
		n = n + n;
		if (carry || r >= d) {
			r -= d;
			n++;
		}
	}
	*rest = r;
	return n;
}

uint64_t tl_wide_div_signed(uint64_t n, uint64_t d, uint64_t *rest)
{
	uint64_t r, q = tl_wide_div((int64_t)n < 0 ? -n : n, (int64_t)d < 0 ? -d : d, &r);

	*rest = (int64_t)n < 0 ? -r : r;
	return (int64_t)(n ^ d) < 0 ? -q : q;
}

uint64_t tl_wide_tenth(uint64_t n)
{
	uint64_t q = (n >> 1) + (n >> 2); /* n * 0.11 in binary, of 0.110011001100… */

	q += q >> 4;
	q += q >> 8;
	q += q >> 16;
	q += q >> 32;
	q >>= 3;
	/* What is left is a little over 9 at most. */
	for (uint32_t rest = (uint32_t)n - 10 * (uint32_t)q; rest > 9; rest -= 10)
		q++;
	return q;
}

uint64_t tl_wide_zero_ext(uint64_t v, unsigned bits)
{
	return bits < 64 ? v & (tl_wide_left(1, bits) - 1) : v;
}

uint64_t tl_wide_ext(uint64_t v, unsigned bits)
{
	uint64_t sign = bits ? tl_wide_left(1, bits - 1) : 0;

	return (tl_wide_zero_ext(v, bits) ^ sign) - sign;
}
