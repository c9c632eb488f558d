/* SPDX-License-Identifier: MIT */
/*
 * A program that firmware loads (tests/target/images.c): it calls nobody, and runs wherever it is.
 */
#include <stdint.h>

struct job {
	uint32_t number;
	int16_t weight;
	char name[8];
};

static uint32_t total = 1; /* in its own data */

__attribute__((noinline)) uint32_t handle(const struct job *job, uint32_t times)
{
	total += job->number * times;
	return total;
}

__attribute__((noinline)) uint32_t step(uint32_t n)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n % 8; i++)
		sum += i * n;
	return sum;
}

uint32_t start(uint32_t n)
{
	struct job job = {n, (int16_t)-n, "job"};

	return handle(&job, 3) + step(n);
}
