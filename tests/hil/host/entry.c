/* SPDX-License-Identifier: MIT */
/*
 * For test_entry.py: functions whose parameters are gone where they are probed, called in all the
 * ways in which a call site may tell what was passed, or may not. Nothing runs before `go` is set.
 */
#include <stddef.h>

#include "board.h"

#define KEEP __attribute__((noipa))

struct thing {
	uint16_t len;
	int8_t sign;
	int32_t at[3];
};

volatile uint32_t go, rounds, sink;

KEEP void touch(void)
{
	__asm volatile("" ::: "memory");
	sink++;
}

/* What is not used behind `touch` is kept nowhere. */
KEEP void gone(int a, int8_t b, const struct thing *p, const char *s)
{
	sink += (uint32_t)(a + b + p->len + s[0]);
	touch();
	sink++; /* here: gone */
	touch();
}

/* And what was changed has no value any more. */
KEEP void changed(int a, unsigned b)
{
	a += (int)(sink & 1);
	sink += (uint32_t)a + b;
	touch();
	sink++; /* here: changed */
	touch();
}

KEEP void wide(int64_t a, int b)
{
	sink += (uint32_t)(a + b);
	touch();
	sink++; /* here: wide */
	touch();
}

static const struct thing in_flash = {77, -7, {1, 2, 3}};

KEEP void by_constants(void)
{
	gone(5, -3, &in_flash, "text");
	changed(1000, 4000000000u);
	wide(1LL << 40, 9);
	touch();
}

/* In registers that a call leaves as they were, and on the stack. */
KEEP void by_frame(int n, const char *name)
{
	struct thing local = {(uint16_t)n, -1, {n, n + 1, n + 2}};

	for (int i = 0; i < 3; i++) {
		gone(n + i, (int8_t)i, &local, name);
		changed(i, (unsigned)n);
	}
	sink += (uint32_t)n + (uint32_t)name[1];
	touch();
}

/* The caller's own are gone as well. */
KEEP void by_entry(int n, int8_t m)
{
	gone(n + 1, m, &in_flash, "entry");
	touch();
}

/* Nothing keeps what is passed. */
KEEP void by_memory(void)
{
	gone((int)sink, 1, &in_flash, "memory");
	touch();
}

void (*volatile through)(int, int8_t, const struct thing *, const char *) = gone;

KEEP void by_pointer(void)
{
	through(6, 6, &in_flash, "pointer");
	touch();
}

/* Leaves its frame to the function, whose caller it seems not to be. */
KEEP void by_jump(int n)
{
	sink += (uint32_t)n;
	gone(7, 7, &in_flash, "jump");
}

KEEP void again(int n);
KEEP void once_more(int n)
{
	sink++;
	again(n - 1);
}

/* Returns to whom has called it first, with what it has passed itself. */
KEEP void again(int n)
{
	sink += (uint32_t)n;
	touch();
	sink++; /* here: again */
	touch();
	if (sink & 1)
		once_more(3);
}

int main(void)
{
	tl_board_init(115200);
	if (tl_init(&tl_board_port))
		return 1;
	for (;;) {
		tl_poll();
		if (!go)
			continue;
		rounds++;
		by_constants();
		by_frame(300, "frame");
		by_entry(41, -41);
		by_memory();
		by_pointer();
		by_jump(1);
		again(2);
	}
}
