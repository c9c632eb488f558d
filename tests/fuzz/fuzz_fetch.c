/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target for fetch programs: the check and the run.
 *
 * Input: where registers point and how long the window is; then the program. Whatever it is, the
 * check reads none but its bytes. What it lets pass reads nothing outside of the program,
 * registers that there are, window and output, makes all of the output that the check has said and
 * none besides, and does the same whether its loads are made in place or not.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clear.h"
#include "expr/fetch.h"

#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

enum { HEAD = 3, WORD = sizeof(uintptr_t), NREGS = 33 };

struct tl_clear tl_clear;

static uint8_t *window; /* exactly as large as that says */
static unsigned window_size, reads;
static bool in_place;

bool tl_fetch_read(uintptr_t addr, void *to, unsigned n)
{
	uintptr_t at = addr - (uintptr_t)window;

	REQUIRE(n >= 1 && n <= 255);
	reads++;
	if (at >= window_size || window_size - at < n)
		return false;
	memcpy(to, window + at, n);
	if (in_place) {
		tl_clear.base = (uintptr_t)window;
		tl_clear.room = window_size - WORD + 1;
		tl_clear.quads = (tl_clear.room + 3) / 4;
	}
	return true;
}

/* Every third number is a register's, of 4 or 8 bytes; every ninth one that contexts have not. */
unsigned tl_fetch_system_words(unsigned number, unsigned word)
{
	REQUIRE(number <= 255 && (word == 4 || word == 8));
	return number % 3 ? 0 : number % 2 && word == 4 ? 2 : 1;
}

bool tl_fetch_system(const uintptr_t *regs, unsigned number, unsigned index, uintptr_t *value)
{
	REQUIRE(index < tl_fetch_system_words(number, WORD));
	*value = regs[0] + number;
	return number % 9;
}

/* The values of the checked program, its output filled with `before`. What the condition was. */
static uintptr_t run(const uint8_t *program, const uintptr_t *regs, bool clear, uint8_t before,
                     uintptr_t *out, unsigned words)
{
	uintptr_t condition = 1, status = 0;

	reads = 0;
	tl_fetch_forget();
	tl_clear_forget();
	in_place = clear;
	memset(out, before, words * WORD);
	if (program[0])
		condition = tl_fetch_run(program + 1, regs, &status);
	REQUIRE(!status || (status == TL_FETCH_UNDECIDED && condition));
	*out = status;
	tl_fetch_run(tl_fetch_values(program), regs, out);
	REQUIRE(*out <= UINT32_MAX);
	return condition;
}

/* Pointers into the window, to its edges and beyond; and others. */
static void point(uintptr_t *regs, uint8_t where)
{
	for (unsigned i = 0; i < NREGS; i++)
		regs[i] = i % 4 == 3
		                  ? i * 0x0101010101010101u
		                  : (uintptr_t)window + window_size * (i % 3) / 2 + where % 16 - 8;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uintptr_t regs[NREGS], *out, *again;
	uint8_t *program;
	int words;

	if (size < HEAD)
		return -1;
	window_size = WORD + data[1];
	window = malloc(window_size);
	for (unsigned i = 0; i < window_size; i++)
		window[i] = data[2] & 1 ? (uint8_t)(i * 37) : (uint8_t)(i % 7);
	point(regs, data[0]);
	size -= HEAD;
	program = malloc(size ? size : 1);
	memcpy(program, data + HEAD, size);

	REQUIRE(tl_fetch_check(program, (unsigned)size, 4, 17) <= 17);
	words = tl_fetch_check(program, (unsigned)size, WORD, NREGS);
	REQUIRE(words == -TL_EINVAL || words == -TL_EREG || (words >= 1 && words <= NREGS));
	if (words > 0) {
		out = malloc((size_t)words * WORD);
		again = malloc((size_t)words * WORD);
		REQUIRE(run(program, regs, false, 0x55, out, (unsigned)words) ==
		        run(program, regs, true, 0xaa, again, (unsigned)words));
		REQUIRE(!memcmp(out, again, (size_t)words * WORD));
		REQUIRE(reads <= 255 * size);
		free(out);
		free(again);
	}
	free(program);
	free(window);
	return 0;
}
