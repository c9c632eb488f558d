/* SPDX-License-Identifier: MIT */
/*
 * For test_fetch_values.py: functions whose values are in memory, called over and over with what
 * is in the table of calls below. Pointers that lead nowhere are among it: nothing here follows
 * them.
 */
#include <stddef.h>

#include "board.h"

#define KEEP __attribute__((noinline, noclone))

enum colour { RED, GREEN, BLUE = 7 };

struct inner {
	int16_t x, y;
};

struct item {
	uint16_t len;
	uint8_t tag;
	int8_t sign;
	enum colour colour;
	struct item *next;
	const char *name;
	char text[12];
	struct inner inner[3];
	uint32_t low : 3, high : 7;
	int32_t small : 5;
	float weight;
	double exact;
	int64_t wide;
	uint64_t uwide;
	_Bool yes;
};

static char far_name[] = "far away", long_name[] = "a name of more than thirty-two characters";

static struct item items[] = {
        {.len = 5,
         .tag = 250,
         .sign = -3,
         .colour = GREEN,
         .next = &items[1],
         .name = far_name,
         .text = "hello",
         .inner = {{1, -2}, {3, -4}, {5, -6}},
         .low = 5,
         .high = 100,
         .small = -9,
         .weight = 1.5f,
         .exact = -0.1,
         .wide = -5000000000,
         .uwide = 1ull << 40,
         .yes = 1},
        {.len = 12,
         .tag = 2,
         .sign = 7,
         .colour = BLUE,
         .next = NULL,
         .name = long_name,
         .text = "twelve chars",
         .inner = {{-10, 20}, {-30, 40}, {-50, 60}},
         .low = 2,
         .high = 31,
         .small = 11,
         .weight = -2.25f,
         .exact = 1e10,
         .wide = 7,
         .uwide = 9,
         .yes = 0},
};
static uint32_t numbers[] = {10, 20, 30, 40, 0x80000000, 60};
struct item *volatile head = items;
volatile uint32_t rounds, sink;

KEEP uint32_t take(const struct item *p, const uint32_t *buf, int i, const char *text)
{
	sink += (uint32_t)i + (uint32_t)(uintptr_t)p + (uint32_t)(uintptr_t)buf;
	return sink + (uint32_t)(uintptr_t)text;
}

/* Texts that lie side by side. */
KEEP uint32_t both(const char *first, const char *second)
{
	sink += (uint32_t)(uintptr_t)first;
	return sink + (uint32_t)(uintptr_t)second;
}

/* Never follows it. */
KEEP uint32_t wild(const struct item *p)
{
	sink ^= (uint32_t)(uintptr_t)p;
	return sink;
}

KEEP struct item *find(uint32_t n)
{
	sink += n;
	return &items[n % 2];
}

/* Variables on the stack. */
__attribute__((optimize("O0"))) KEEP uint32_t local(uint32_t n)
{
	struct inner pair = {(int16_t)n, (int16_t)-n};
	uint32_t table[4] = {n, n + 1, n + 2, n + 3};
	const struct item *item = &items[n % 2];
	char word[] = "local";
	int index = (int)(n % 4);

	sink += table[index] + (uint32_t)pair.x + item->len + (uint32_t)word[0]; /* here */
	return table[index];
}

int main(void)
{
	struct tl_port port = tl_board_port;

	port.memory = NULL; /* so the host has to tell what may be read */
	tl_board_init(115200);
	tl_init(&port);
	for (;; rounds++) {
		static const uintptr_t nowhere[] = {0x90000000, 0xfffffff0, 0x70000001};
		static const char beside[] = "oak\0elm\0ash";

		take(&items[rounds % 2], numbers, (int)(rounds % 6), items[rounds % 2].name);
		wild(rounds % 2 ? (const struct item *)nowhere[rounds % 3] : NULL);
		find(rounds);
		both(beside, beside + 4);
		local(rounds % 8);
		for (unsigned i = 0; i < 200; i++)
			tl_poll();
	}
}
