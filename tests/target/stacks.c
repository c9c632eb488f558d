/* SPDX-License-Identifier: MIT */
/*
 * Firmware with stacks to unwind: library code that calls back, recursion, tail calls, inlined
 * functions; in the main loop, in an interrupt handler, and on a Cortex-M on the process stack,
 * too. Nothing runs before `go` is set.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"

volatile uint32_t go, rounds, ticks, sum;
volatile uint32_t
        process; /* of a Cortex-M: all that runs is called or interrupted on its process stack */
static volatile uint32_t on_process;

#define NOINLINE __attribute__((noinline))

NOINLINE int by_value(const void *a, const void *b);
int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static inline __attribute__((always_inline)) uint32_t mixed(uint32_t n)
{
	return n * 2654435761u >> 7;
}

static inline __attribute__((always_inline)) uint32_t mixed_twice(uint32_t n)
{
	sum = mixed(n);
	return mixed(sum + n);
}

NOINLINE uint32_t last_in_chain(uint32_t n);
uint32_t last_in_chain(uint32_t n)
{
	return mixed_twice(n) + (uint32_t)strlen("chain");
}

NOINLINE uint32_t tail_in_chain(uint32_t n);
__attribute__((optimize("O2"))) uint32_t tail_in_chain(uint32_t n)
{
	sum += n;
	return last_in_chain(n + 3); /* a jump */
}

NOINLINE uint32_t sort_some(uint32_t seed, unsigned n);
uint32_t sort_some(uint32_t seed, unsigned n)
{
	int values[24];

	for (unsigned i = 0; i < n; i++)
		values[i] = (int)(seed = mixed(seed + i)) % 1000;
	qsort(values, n, sizeof *values, by_value);
	return (uint32_t)values[n / 2];
}

NOINLINE uint32_t print_some(uint32_t n);
uint32_t print_some(uint32_t n)
{
	char text[64];

	snprintf(text, sizeof text, "%lu %08lx %s %-6d|", (unsigned long)n, (unsigned long)sum,
	         "text", (int)n);
	return (uint32_t)strtoul(text, NULL, 10) + (uint32_t)strlen(text);
}

NOINLINE uint32_t recurse(uint32_t depth, uint32_t n);
uint32_t recurse(uint32_t depth, uint32_t n)
{
	uint32_t kept[6] = {n, depth};

	if (!depth)
		return print_some(n) + tail_in_chain(n);
	kept[depth % 6] = recurse(depth - 1, n + kept[1]);
	return kept[depth % 6] + kept[0];
}

/* What was caught leaves the ring. */
static void drain(void)
{
	for (unsigned i = 0; i < 200; i++)
		tl_poll();
}

NOINLINE uint32_t work(uint32_t n);
uint32_t work(uint32_t n)
{
	uint32_t all = sort_some(n, 20);

	drain();
	all += recurse(n % 5, n);
	drain();
	return all + tail_in_chain(n);
}

NOINLINE void in_handler(void);
void in_handler(void)
{
	sum += sort_some(ticks, 6) + recurse(ticks % 3, ticks);
}

NOINLINE void tick(void);
void tick(void)
{
	ticks++;
	if (go && (!process || on_process))
		in_handler();
}

#ifdef __arm__
static uint64_t process_stack[512];

#define UNUSED __attribute__((unused)) /* but in registers */

/* Calls a function on the process stack. */
__attribute__((naked, noinline)) static uint32_t
on_process_stack(UNUSED uint32_t n, UNUSED uint32_t (*fn)(uint32_t), UNUSED void *top)
{
	__asm volatile(".syntax unified\n\t"
	               "push {r4, lr}\n\t"
	               ".cfi_def_cfa_offset 8\n\t"
	               ".cfi_offset 4, -8\n\t"
	               ".cfi_offset 14, -4\n\t"
	               "mov r4, sp\n\t"
	               ".cfi_def_cfa 4, 8\n\t"
	               "msr psp, r2\n\t"
	               "movs r2, #2\n\t"
	               "msr control, r2\n\t"
	               "isb\n\t"
	               "blx r1\n\t"
	               "movs r2, #0\n\t"
	               "msr control, r2\n\t"
	               "isb\n\t"
	               "pop {r4, pc}");
}
#endif

int main(void)
{
	tl_board_init(115200);
	tl_board_timer(100, tick);
	if (tl_init(&tl_board_port))
		return 1;
	for (;;) {
		tl_poll();
		if (!go)
			continue;
		rounds++;
#ifdef __arm__
		if (process) {
			on_process = 1;
			sum += on_process_stack(rounds, work, process_stack + 512);
			on_process = 0;
			continue;
		}
#endif
		sum += work(rounds);
	}
}
