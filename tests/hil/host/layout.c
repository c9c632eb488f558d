/* SPDX-License-Identifier: MIT */
/*
 * Code with data in it, for test_layout.py: switches with tables of every width, constants, a call
 * that does not return, and what follows it. Linked, never run.
 */
#include <stdint.h>

volatile uint32_t sink;
volatile double real;

__attribute__((noreturn, noinline)) void stop(const char *why)
{
	sink = (uint32_t)(uintptr_t)why;
	for (;;)
		;
}

uint32_t constants(uint32_t a)
{
	real = 3.14159265358979;
	if (a == 0x12345678)
		stop("here");
	return a ^ 0xb88f4111;
}

#define CASE(n)                                                                                    \
	case n:                                                                                    \
		sink += n * 0x01010101u;                                                           \
		return sink ^ (n << 9);
#define FOUR(n)                                                                                    \
	CASE(n)                                                                                    \
	CASE(n + 1)                                                                                \
	CASE(n + 2) CASE(n + 3)
#define SIXTEEN(n)                                                                                 \
	FOUR(n)                                                                                    \
	FOUR(n + 4)                                                                                \
	FOUR(n + 8) FOUR(n + 12)

uint32_t few(uint32_t n)
{
	switch (n) {
		FOUR(0)
		FOUR(4)
	}
	return 0xdeadbeef;
}

uint32_t many(uint32_t n)
{
	switch (n) {
		SIXTEEN(0)
		SIXTEEN(16)
		SIXTEEN(32)
		SIXTEEN(48)
	}
	return 0x0badf00d;
}

void _start(void)
{
	sink = few(sink) + many(sink) + constants(sink);
	for (;;)
		;
}
