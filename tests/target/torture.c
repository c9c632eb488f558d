/* SPDX-License-Identifier: MIT */
/*
 * A workload of library code that nobody here wrote: the C library's and libgcc's own functions,
 * whose every instruction is to be probed. "round" runs it once and prints a digest of all results;
 * a probed round must print what a bare one does.
 */
#define _GNU_SOURCE
#include <math.h>
#ifdef __PICOLIBC__
#include <regex.h>
#endif
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#include "board.h"

static uint32_t digest;

static void mix(const void *bytes, size_t n)
{
	const uint8_t *b = bytes;

	while (n--)
		digest = (digest ^ *b++) * 16777619u;
}

static void mix_double(double d)
{
	mix(&d, sizeof d);
}

static void format(const char *form, ...)
{
	char text[128];
	va_list args;

	va_start(args, form);
	vsnprintf(text, sizeof text, form, args);
	va_end(args);
	mix(text, strlen(text));
}

static void test_formats(void)
{
	static const double values[] = {0.0, -1.5, 3.14159265358979, 6.02e23, 1e-300, 123456.789};

	for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++)
		format("%g %.3f %12.4e|%-8d|%+5i|%08x|%o|%s|%c|%5.2s|%p", values[i],
		       values[i] > 1e9 ? 1.0 : values[i], values[i], (int)i, -7, 0xbeefu, 8u,
		       "text", 'c', "cut", (void *)0x1234);
}

static void test_numbers(void)
{
	static const char *const texts[] = {
	        "0",       "-12.75", "3.4028235e38", "1e-310",
	        "0x1.8p3", "inf",    "nan",          "123456789012345678"};
	char *end;
	int a;
	unsigned b;
	char word[16];

	for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		mix_double(strtod(texts[i], &end));
		long n = strtol(texts[i], &end, 0);

		mix(&n, sizeof n);
	}
	if (sscanf("-42 0xff hello", "%d %x %15s", &a, &b, word) == 3)
		format("%d %u %s", a, b, word);
}

static int by_value(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

static void test_sorting(void)
{
	int32_t v[64];

	srand(7);
	for (unsigned i = 0; i < 64; i++)
		v[i] = rand() - RAND_MAX / 2;
	qsort(v, 64, sizeof v[0], by_value);
	mix(v, sizeof v);
	int32_t *hit = bsearch(&v[9], v, 64, sizeof v[0], by_value);

	mix(hit, sizeof *hit);
}

static void test_memory(void)
{
	static char a[150], b[150];

	memset(b, 0, sizeof b);
	for (unsigned offset = 0; offset < 5; offset++)
		for (unsigned n = 0; n < 70; n += 7) {
			memset(a, (int)n, sizeof a);
			memcpy(b + offset, a + 3, n);
			memmove(b + 1, b + offset, n);
			memmove(b + offset, b, n);
			int order = memcmp(a, b, n) > 0;

			mix(&order, sizeof order);
			mix(b, sizeof b);
		}
	strcpy(a, "the quick brown fox");
	strcat(a, " jumps");
	mix(a, strlen(a));
	char *at = strstr(a, "brown");

	mix(at, strlen(at));
	for (char *save, *word = strtok_r(a, " ", &save); word; word = strtok_r(NULL, " ", &save))
		mix(word, strlen(word));
	void *blocks[8];

	for (unsigned i = 0; i < 8; i++)
		blocks[i] = i % 2 ? calloc(i + 1, 12) : malloc(12 * i + 1);
	for (unsigned i = 0; i < 8; i += 2)
		free(blocks[i]);
	blocks[0] = realloc(blocks[1], 200);
	for (unsigned i = 3; i < 8; i += 2)
		free(blocks[i]);
	free(blocks[0]);
}

static void test_mathematics(void)
{
	for (int i = -3; i < 4; i++) {
		volatile double x = i * 0.7 + 0.1;
		volatile float f = (float)x;

		mix_double(sin(x));
		mix_double(pow(2.5, x));
		mix_double(fmod(x * 10, 3.3));
		mix_double(exp(x));
		mix_double(sqrt(x * x));
		mix_double((double)(f * 3.0f + f / 1.7f));
		volatile long long n = (long long)i * 1234567890123ll;
		long long q = n / 987654, r = n % 12345;

		mix(&q, sizeof q), mix(&r, sizeof r);
		unsigned long long u = (unsigned long long)n >> 7;

		u /= 1000003;
		mix(&u, sizeof u);
	}
}

static void test_single(void)
{
	for (int i = -3; i < 4; i++) {
		volatile float x = (float)i * 0.7f + 0.1f;
		float f[] = {sinf(x),
		             expf(x),
		             fmodf(x * 10, 3.3f),
		             sqrtf(x * x),
		             x * 3.0f + x / 1.7f,
		             roundf(x),
		             atan2f(x, 2)};

		mix(f, sizeof f);
		int n = (int)(x * 1000);
		unsigned u = (unsigned)(x * x);

		mix(&n, sizeof n), mix(&u, sizeof u);
	}
}

static void keep(const void *node, VISIT order, int depth)
{
	(void)depth;
	if (order == postorder || order == leaf)
		mix(*(const int32_t *const *)node, sizeof(int32_t));
}

static void test_tree(void)
{
	static const int32_t keys[] = {5, 3, 9, -1, 7, 3, 12, 4};
	void *root = NULL;

	for (unsigned i = 0; i < sizeof keys / sizeof keys[0]; i++)
		tsearch(&keys[i], &root, by_value);
	twalk(root, keep);
	for (unsigned i = 0; i < sizeof keys / sizeof keys[0]; i++)
		tdelete(&keys[i], &root, by_value);
}

static void test_wide(void)
{
	wchar_t text[80], *end;

#ifdef __PICOLIBC__ /* it declares swprintf(), but has none */
	size_t n = mbstowcs(text, "-7 wide 0xbeef", 80);
	long sum = wcstol(text, &end, 10) + wcstol(wcsrchr(text, L' '), &end, 0) +
	           (long)wcscspn(text, L"w");

	mix(&sum, sizeof sum);
#else
	int n = swprintf(text, 80, L"%d %ls %x %c|%-6.3f|%e", -7, L"wide", 0xbeef, 'c', 2.5, 1e10);

	(void)end;
#endif
	mix(text, (size_t)n * sizeof text[0]);
}

static void test_calendar(void)
{
	struct tm tm = {.tm_year = 124,
	                .tm_mon = 1,
	                .tm_mday = 29,
	                .tm_hour = 13,
	                .tm_min = 37,
	                .tm_sec = 5};
	time_t t = mktime(&tm);
	struct tm out;

	mix(&t, sizeof t);
	gmtime_r(&t, &out);
	format("%d-%d-%d %d %d", out.tm_year, out.tm_mon, out.tm_mday, out.tm_wday, out.tm_yday);
	char text[100];

	mix(text,
	    strftime(text, sizeof text,
	             "%a %A %b %c %D %e %F %H %I %j %M %p %S %U %w %x %X %y %Y %Z %G %V", &out));
	if (strptime("2024-02-29 13:37:05", "%Y-%m-%d %H:%M:%S", &tm))
		mix(&tm.tm_min, sizeof tm.tm_min);
}

static void test_pattern(void)
{
#ifdef __PICOLIBC__ /* newlib may be built without */
	static const char *const lines[] = {"port=8080", "  name = trapline;", "rate=1e3",
	                                    "= none"};
	regex_t pattern;
	regmatch_t at[3];

	regcomp(&pattern, "^[[:space:]]*([a-z]+) *= *([0-9]{2,5}|[^;]*)", REG_EXTENDED);
	for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++)
		if (!regexec(&pattern, lines[i], 3, at, 0))
			for (unsigned k = 1; k < 3; k++)
				mix(lines[i] + at[k].rm_so, (size_t)(at[k].rm_eo - at[k].rm_so));
	regfree(&pattern);
#endif
}

static void run(void)
{
	digest = 2166136261u;
	test_formats();
	test_numbers();
	test_sorting();
	test_memory();
	test_mathematics();
	test_single();
	test_tree();
	test_wide();
	test_calendar();
	test_pattern();
	printf("digest %08lx\n", (unsigned long)digest);
}

static volatile uint32_t ticks;

/* The interrupt and its callee, which the test keeps under probes throughout. */
__attribute__((noinline)) uint32_t spread(uint32_t v);
uint32_t spread(uint32_t v)
{
	for (unsigned i = 0; i < (v >> 30); i++)
		v = v * 1664525u + 1013904223u;
	return v & 1 ? v / 7 : v;
}

__attribute__((noinline)) void tick(void);
void tick(void)
{
	static uint32_t v = 1;

	v = v * 1664525u + 1013904223u;
	ticks += (uint32_t)((uint64_t)spread(v) * 1000 / 997) & 1;
}

int main(void)
{
	char c;

	tl_board_init(115200);
	tl_init(&tl_board_port);
	setvbuf(stdout, NULL, _IOLBF, 128);
	puts("torture: ready");
	for (;;) {
		tl_poll();
		if (tl_console_read(&c, 1) != 1)
			continue;
		if (c == 'r')
			run();
		else if (c == 'i')
			tl_board_timer(1000, tick);
	}
}
