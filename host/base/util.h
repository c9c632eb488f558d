/* SPDX-License-Identifier: MIT */
/*
 * Small helpers: memory that cannot fail, numbers and times as people type them, near misses of
 * names, bisection, the clock.
 */
#ifndef HOST_UTIL_H
#define HOST_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *grow(void *array, size_t count, size_t element); /* realloc, or the program ends */
char *copy_string(const char *s);
char *format_string(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A whole decimal or 0x… number; false if `s` is anything else. */
bool parse_number(const char *s, uint64_t *v);
/* A time with its unit (500ms, 5s, 1m, 2h; a bare number is seconds) in milliseconds. */
bool parse_duration(const char *s, unsigned *ms);
/* Pairs of hex digits; returns the bytes written, -1 if `s` is not that or too long. */
int parse_hex(const char *s, size_t length, uint8_t *to, size_t room);
void format_hex(char *to, const uint8_t *bytes, size_t n); /* room for 2 * n + 1 */

/* The fewest edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`; more than
 * `limit`: limit + 1. */
unsigned edit_distance(const char *a, const char *b, unsigned limit);
/* How many edits a misspelt name of this length may be away from what was meant. */
unsigned edit_limit(const char *name);

/* Of names that are tried one by one, the one that a misspelt name was meant to be. */
struct guess {
	const char *name;
	const char *best; /* NULL: none is near */
	unsigned limit;   /* edits that a better one may be away */
};
struct guess guess_for(const char *name);
void guess_try(struct guess *, const char *candidate);

/*
 * How many of `n` things in ascending order, which is that of `key`, are at or below `value`. Here,
 * so that `key` costs no call.
 */
static inline size_t up_to(const void *ctx, size_t n, uint64_t (*key)(const void *ctx, size_t i),
                           uint64_t value)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (key(ctx, middle) <= value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool is_glob(const char *s);

uint64_t now_ms(void); /* monotonic */

#endif
