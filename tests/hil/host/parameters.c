/* SPDX-License-Identifier: MIT */
/*
 * For test_parameters.py: functions that are called over and over with the same values, one for
 * each way in which parameters are passed: in registers, in pairs of these, split, on the stack, by
 * an address, in registers of the FPU. Nothing is called that is not here, so that it links without
 * a library at any level.
 */
#include <stddef.h>

#include "board.h"

#define KEEP __attribute__((noinline))

struct pair {
	int16_t x, y;
};
struct triple {
	int32_t a, b, c;
};
struct point {
	float x, y;
};

volatile uint32_t rounds, sink;

/* As FreeRTOS has its tasks. */
struct tskTaskControlBlock {
	volatile uint32_t *pxTopOfStack;
	char pcTaskName[16];
};
static struct tskTaskControlBlock control = {&sink, "blinky"};
struct tskTaskControlBlock *volatile pxCurrentTCB = &control;

KEEP int words(int8_t a, uint16_t b, int32_t c, const char *d)
{
	sink += (uint32_t)(a + b + c + *d);
	return c;
}

KEEP int wide(int a, int64_t b, uint8_t c, int64_t d, int16_t e)
{
	sink += (uint32_t)(a + b + c + d + e);
	return a;
}

KEEP int many(int a, int b, int c, int d, int e, int f, int g, int h, int i, int8_t j, int64_t k)
{
	sink += (uint32_t)(a + b + c + d + e + f + g + h + i + j + k);
	return a;
}

KEEP int structs(struct pair p, int n, struct triple t, struct pair q)
{
	sink += (uint32_t)(p.x + n + t.b + q.y);
	return n;
}

KEEP float floats(float a, double b, int n, struct point p, float c)
{
	sink += (uint32_t)n + (a < p.y) + (b < 0);
	return c;
}

KEEP struct triple made(int n)
{
	struct triple t = {n, n + 1, n + 2};

	sink += (uint32_t)n;
	return t;
}

/* Values that are computed where somebody asks for them, with types of their own. */
KEEP int narrow(int n)
{
	int8_t low = (int8_t)n;
	uint16_t half = (uint16_t)n;
	int64_t large = n;

	sink = 2;
	sink = 3;
	(void)low, (void)half, (void)large;
	return n + 1;
}

/* A pointer to what is kept in registers. */
static inline __attribute__((always_inline)) int sum(const struct pair *p, int k)
{
	sink += 1;
	sink += 2;
	sink += 3;
	return p->x * k + p->y;
}

KEEP int pointed(int n)
{
	struct pair local = {(int16_t)n, (int16_t)(n + 1)};

	return sum(&local, n);
}

volatile int given = -70000;

/* All calls pass the same, which compilers see: they may pass nothing, then. */
static KEEP int known(int n, int64_t minus, unsigned more)
{
	sink += (uint32_t)(n + minus);
	return (int)(sink + more);
}

int main(void)
{
	struct tl_port port = tl_board_port;

	port.memory = NULL; /* so the host has to tell what may be read */
	tl_board_init(115200);
	tl_init(&port);
	for (;; rounds++) {
		const struct pair p = {-7, 8}, q = {100, -200};
		const struct triple t = {1000000, -2000000, 3000000};
		const struct point o = {0.5f, -2.25f};

		words(-5, 60000, -70000, "text");
		wide(1, -5000000000, 200, 1ll << 40, -300);
		many(1, 2, 3, 4, 5, 6, 7, 8, 9, -10, -5000000000);
		structs(p, 42, t, q);
		floats(1.5f, -0.1, 9, o, 100.25f);
		made(17);
		narrow(given);
		pointed(given);
		known(given, -77, 5);
		pxCurrentTCB = &control;
		for (unsigned i = 0; i < 200; i++)
			tl_poll();
	}
}
