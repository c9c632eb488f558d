/* SPDX-License-Identifier: MIT */
/* The other one: see twin_a.c. */
#include "twins.h"

static __attribute__((noinline)) int helper(int v)
{
	if (v > 3)
		return v * v;
	return sink;
}

static __attribute__((noinline)) int tail(const struct packet *p, unsigned n)
{
	const char *name = p->name;
	unsigned length = 0;

	while (name[length] && length < n)
		length++;
	return (int)length;
}

int second(const struct packet *p, unsigned n)
{
	int copy = tail(p, n) + mix((int)n, 4);
	unsigned char flags = p->flags;

	if (flags & 1)
		return helper(copy);
	{
		volatile int copy = sink; /* another one of that name */

		sink = copy + 1;
	}
	return p->check ? p->check(p->next, n) : copy;
}

static struct packet packet = {.len = 5, .name = "packet"};

int main(void)
{
	int result;

	packet.next = &packet;
	result = first(&packet, (enum mode)sink);
	for (;;)
		sink = result + second(&packet, (unsigned)sink);
}
