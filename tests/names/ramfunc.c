/* SPDX-License-Identifier: MIT */
/* A function that was put into RAM with the variables, as for speed, beside one that changes all
 * the time. */
#include <stdint.h>

uint32_t table[4] = {1, 2, 3, 4};

__attribute__((noinline, long_call, section(".data.fast"))) uint32_t accumulate(uint32_t old,
                                                                                uint32_t step)
{
	table[old & 3]++;
	return old + 3 * step;
}
