/* SPDX-License-Identifier: MIT */
/*
 * Small helpers: see util.h.
 */
#define _GNU_SOURCE
#include "base/util.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pack.h"

static void no_memory(void)
{
	fputs("error: out of memory\n", stderr);
	exit(70);
}

void *grow(void *array, size_t count, size_t element)
{
	void *grown = reallocarray(array, count ? count : 1, element);

	if (!grown)
		no_memory();
	return grown;
}

char *copy_string(const char *s)
{
	char *copy = strdup(s);

	if (!copy)
		no_memory();
	return copy;
}

char *format_string(const char *format, ...)
{
	va_list args;
	char *s;

	va_start(args, format);
	if (vasprintf(&s, format, args) < 0)
		no_memory();
	va_end(args);
	return s;
}

bool parse_number(const char *s, uint64_t *v)
{
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	const char *digits = hex ? s + 2 : s;
	char *end;

	if (hex ? tl_hex_digit((uint8_t)*digits) < 0 : *digits < '0' || *digits > '9')
		return false;
	errno = 0;
	*v = strtoull(digits, &end, hex ? 16 : 10);
	return !*end && !errno;
}

bool parse_duration(const char *s, unsigned *ms)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = {{"ms", 1}, {"s", 1e3}, {"", 1e3}, {"m", 60e3}, {"min", 60e3}, {"h", 3600e3}};
	char *end;
	double v;

	if (*s < '0' || *s > '9')
		return false;
	v = strtod(s, &end);
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strcmp(end, units[i].unit) == 0) {
			v *= units[i].ms;
			if (!(v >= 0 && v < 4e9))
				return false;
			*ms = (unsigned)(v + 0.5);
			return true;
		}
	return false;
}

int parse_hex(const char *s, size_t length, uint8_t *to, size_t room)
{
	if (length % 2 || length / 2 > room)
		return -1;
	for (size_t i = 0; i < length / 2; i++) {
		int high = tl_hex_digit((uint8_t)s[2 * i]),
		    low = tl_hex_digit((uint8_t)s[2 * i + 1]);

		if (high < 0 || low < 0)
			return -1;
		to[i] = (uint8_t)(high << 4 | low);
	}
	return (int)(length / 2);
}

void format_hex(char *to, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		*to++ = (char)tl_hex_char(bytes[i] >> 4);
		*to++ = (char)tl_hex_char(bytes[i] & 0xf);
	}
	*to = 0;
}

unsigned edit_limit(const char *name)
{
	size_t n = strlen(name);

	return n <= 4 ? 1 : n <= 8 ? 2 : 3;
}

struct guess guess_for(const char *name)
{
	return (struct guess){.name = name, .limit = edit_limit(name)};
}

void guess_try(struct guess *n, const char *candidate)
{
	unsigned d = edit_distance(n->name, candidate, n->limit);

	if (d > n->limit || (n->best && d == n->limit))
		return;
	n->best = candidate;
	n->limit = d;
}

/* Damerau-Levenshtein with adjacent swaps, on three rows. */
unsigned edit_distance(const char *a, const char *b, unsigned limit)
{
	enum { LONGEST = 128 };
	unsigned rows[3][LONGEST + 1];
	size_t na = strlen(a), nb = strlen(b);

	if (nb > LONGEST || (na > nb ? na - nb : nb - na) > limit)
		return limit + 1;
	for (size_t j = 0; j <= nb; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3],
		         *above2 = rows[(i + 1) % 3];
		unsigned best = row[0] = (unsigned)i;

		for (size_t j = 1; j <= nb; j++) {
			unsigned d = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (above[j] + 1 < d)
				d = above[j] + 1;
			if (row[j - 1] + 1 < d)
				d = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    above2[j - 2] + 1 < d)
				d = above2[j - 2] + 1;
			row[j] = d;
			if (d < best)
				best = d;
		}
		if (best > limit)
			return limit + 1;
	}
	return rows[na % 3][nb];
}

bool is_glob(const char *s)
{
	return strpbrk(s, "*?[") != NULL;
}

uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t); /* a lease runs on while this machine sleeps */
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}
