/* SPDX-License-Identifier: MIT */
/*
 * The few things that a libc would give: the agent is linked without one, so that it may probe it.
 */
#include "base/util.h"

void tl_copy(void *to, const void *from, unsigned n)
{
	uint8_t *t = to;
	const uint8_t *f = from;

	while (n--)
		*t++ = *f++;
}

void tl_zero(void *at, unsigned n)
{
	uint8_t *a = at;

	while (n--)
		*a++ = 0;
}

bool tl_same(const void *a, const void *b, unsigned n)
{
	const uint8_t *x = a, *y = b;

	while (n--)
		if (*x++ != *y++)
			return false;
	return true;
}

uint32_t tl_udiv(uint32_t n, uint32_t d)
{
	uint32_t q = 0, rest = 0;

	for (int bit = 31; bit >= 0; bit--) {
		rest = rest << 1 | (n >> bit & 1);
		if (rest >= d) {
			rest -= d;
			q |= 1u << bit;
		}
	}
	return q;
}
