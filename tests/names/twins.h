/* SPDX-License-Identifier: MIT */
/* What two units share: a function that both inline, or both have for themselves. */
#ifndef TWINS_H
#define TWINS_H

enum mode { IDLE, BUSY = 3, BROKEN = -1 };

struct point {
	short x, y;
};

struct packet {
	unsigned char kind : 4, flags : 4;
	unsigned short len;
	const char *name;
	struct point corners[2];
	struct packet *next;
	int (*check)(struct packet *, unsigned);
	union {
		unsigned word;
		float real;
	} body;
};

extern volatile int sink;

static inline int mix(int a, int b)
{
	int sum = a + b;

	if (sum > 100)
		sum -= a;
	return sum * 3;
}

int first(struct packet *p, enum mode mode);
int second(const struct packet *p, unsigned n);

#endif
