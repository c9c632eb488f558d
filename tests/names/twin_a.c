/* SPDX-License-Identifier: MIT */
/* One of two units that have functions of the same names; and much that may happen to a
 * variable. */
#include "twins.h"

volatile int sink;
static unsigned calls;

static __attribute__((noinline)) int helper(int v)
{
	static int last;
	int before = last;

	last = v;
	return before + v;
}

static __attribute__((noinline)) long long wide(long long a, int shift)
{
	long long twice = a << shift;

	sink = (int)(twice >> 3);
	return twice + a;
}

static __attribute__((noinline)) float blend(float a, double weight)
{
	float part = a * 0.5f;

	return part + (float)weight;
}

int first(struct packet *p, enum mode mode)
{
	char text[12];
	struct point corner = p->corners[0];
	int total = 0;

	calls++;
	for (int i = 0; i < p->len; i++) {
		int step = mix(i, p->corners[1].x);

		total += step;
		text[i % 12] = (char)step;
	}
	switch (mode) {
	case IDLE:
		total = helper(total);
		break;
	case BUSY:
		total = (int)wide(total, 3) + corner.y;
		break;
	default:
		total = -1;
	}
	sink = text[total & 7];
	return total + (int)blend((float)total, 0.25);
}

void unused(void);
void unused(void) /* for linkers to throw away */
{
	for (int i = 0; i < 50; i++) {
		sink += mix(i, sink);
		sink ^= i;
		sink *= 3;
	}
	sink = 7;
}
