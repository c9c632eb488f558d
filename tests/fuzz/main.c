/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target where libFuzzer is missing: every file named, then random changes of them.
 * usage: <target> RUNS FILE...
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LONGEST = 4096, MORE = 64 };

static uint32_t random_bits(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

/* To a buffer that is exactly as large, so that the sanitizer sees whoever reads beyond it. */
static void run(const uint8_t *input, size_t size)
{
	uint8_t *data = malloc(size ? size : 1);

	memcpy(data, input, size);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

int main(int argc, char **argv)
{
	uint8_t input[LONGEST];
	long runs = argc > 2 ? strtol(argv[1], NULL, 10) : -1;

	if (runs < 0)
		return 2;
	for (long i = 0; i < runs + argc - 2; i++) {
		FILE *file = fopen(argv[2 + i % (argc - 2)], "rb");
		size_t size;

		if (!file)
			return 2;
		size = fread(input, 1, sizeof input, file);
		fclose(file);
		for (unsigned changes = i < argc - 2 ? 0 : random_bits() % 16; changes--;) {
			size_t at = random_bits() % (size + MORE < LONGEST ? size + MORE : LONGEST);

			if (at >= size && size < LONGEST)
				at = size++;
			input[at] = (uint8_t)random_bits();
		}
		run(input, size);
	}
	return 0;
}
