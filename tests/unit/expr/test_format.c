/* SPDX-License-Identifier: MIT */
/*
 * The printf of agent expressions, held against the C library's: every conversion with every flag,
 * widths, precisions, lengths.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/format.h"
#include "unit.h"

enum { MEMORY = 0x1000 };
static char memory[1000];
static char printed[4096];
static unsigned pieces, fails_after;

static int get_memory(uintptr_t addr, void *to, unsigned n)
{
	if (addr - MEMORY >= sizeof memory || addr - MEMORY + n > sizeof memory)
		return -TL_EFAULT;
	memcpy(to, memory + (addr - MEMORY), n);
	return 0;
}

static int print(const void *ctx, const char *text, unsigned n)
{
	EQ(ctx != NULL, false);
	CHECK(n > 0 && strlen(printed) + n < sizeof printed);
	strncat(printed, text, n);
	return ++pieces == fails_after ? -TL_EFULL : 0;
}

static const struct tl_world world = {.read = get_memory, .print = print};
static struct tl_bytecode_result out;

/* Prints values a and b, as many as nargs, as the run of an expression would. */
static int format(const char *text, unsigned nargs, uint64_t a, uint64_t b)
{
	char *exact =
	        malloc(strlen(text) ? strlen(text)
	                            : 1); /* so that the sanitizer sees whoever reads beyond it */
	struct tl_format f = {memcpy(exact, text, strlen(text)), (unsigned)strlen(text), nargs};
	struct tl_bytecode_machine m = {.world = &world,
	                                .out = &out,
	                                .steps = TL_BYTECODE_STEPS,
	                                .height = 2,
	                                .stack = {b, a}};
	int error, checked = tl_format_check(&f);

	printed[0] = 0;
	pieces = 0;
	out = (struct tl_bytecode_result){0};
	error = tl_format_print(&m, &f, m.stack + 2);
	if (checked)
		EQ(error, checked);
	free(exact);
	return error;
}

/* ---- integers ---- */

static const uint64_t samples[] = {0,          1,          7,
                                   9,          10,         99,
                                   127,        128,        255,
                                   32767,      32768,      65535,
                                   1000000000, INT32_MAX,  1ull << 31,
                                   UINT32_MAX, 1ull << 32, 9999999999,
                                   INT64_MAX,  1ull << 63, 10000000000000000000ull,
                                   -1ull,      -10ull,     -128ull};

/* What C leaves undefined: # with d, u and i; + and space with unsigned ones. */
static bool defined(const char *flags, char conversion)
{
	bool with_sign = conversion == 'd' || conversion == 'i';

	return !(strchr(flags, '#') && (with_sign || conversion == 'u')) &&
	       (with_sign || !strpbrk(flags, "+ "));
}

static void compare(const char *flags, const char *width, const char *length, char conversion)
{
	char text[32], want[300];

	if (!defined(flags, conversion))
		return;
	sprintf(text, "<%%%s%s%s%c>", flags, width, length, conversion);
	for (unsigned i = 0; i < sizeof samples / sizeof *samples; i++) {
		unit_at("%s, %lx", text, (long)samples[i]);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		sprintf(want, text, samples[i]); /* each takes the low part of a 64-bit register */
#pragma GCC diagnostic pop
		EQ(format(text, 1, samples[i], 0), 0);
		SAME(printed, want);
	}
}

static void integers(void)
{
	static const char *const widths[] = {"",  "1",  "5",  "21",  "255",  ".0",
	                                     ".", ".1", ".7", ".30", "12.5", "5.12"};
	static const char *const lengths[] = {"", "l", "ll", "j", "z"};
	static const char conversions[] = "diuoxX";

	for (unsigned f = 0; f < 32; f++) {
		char flags[6] = "";

		for (unsigned bit = 0; bit < 5; bit++)
			if (f >> bit & 1)
				strncat(flags, &"-+ #0"[bit], 1);
		for (unsigned w = 0; w < sizeof widths / sizeof *widths; w++)
			for (unsigned l = 0; l < sizeof lengths / sizeof *lengths; l++)
				for (const char *c = conversions; *c; c++)
					compare(flags, widths[w], lengths[l], *c);
	}
}

/* ---- the rest ---- */

static void texts(void)
{
	static const struct {
		const char *format, *want;
		unsigned nargs;
		uint64_t a, b;
	} table[] = {
	        {"", "", 0, 0, 0},
	        {"plain", "plain", 0, 0, 0},
	        {"longer than what is gathered at a time", "longer than what is gathered at a time",
	         0, 0, 0},
	        {"100%%", "100%", 0, 0, 0},
	        {"\\\\a\\a\\b\\e\\f\\n\\r\\t\\v\\\"", "\\a\a\b\033\f\n\r\t\v\"", 0, 0, 0},
	        {"%d, %d", "1, -2", 2, 1, -2ull},
	        {"%'d", "1000", 1, 1000, 0},
	        {"%c%c", "AB", 2, 'A', 0xffffff00 | 'B'},
	        {"%3c|%-3c|", "  A|B  |", 2, 'A', 'B'},
	        {"%s", "hello", 1, MEMORY, 0},
	        {"%s %s", "hello lo", 2, MEMORY, MEMORY + 3},
	        {"%8s|%-8s|", "   hello|lo      |", 2, MEMORY, MEMORY + 3},
	        {"%.3s|%.0s|", "hel||", 2, MEMORY, 0},
	        {"%6.2s|", "    he|", 1, MEMORY, 0},
	        {"%2s", "hello", 1, MEMORY, 0},
	        {"%s", "", 1, MEMORY + 5, 0},
	        {"%p", "0x1000", 1, MEMORY, 0},
	        {"%p", "(nil)", 1, 0, 0},
	        {"%10p|%-10p|", "    0x1000|(nil)     |", 2, MEMORY, 0},
	};

	strcpy(memory, "hello");
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		unit_at("%s", table[i].format);
		EQ(format(table[i].format, table[i].nargs, table[i].a, table[i].b), 0);
		SAME(printed, table[i].want);
	}
}

static void refused(void)
{
	static const struct {
		const char *format;
		unsigned nargs;
		int error;
	} table[] = {
	        {"%d", 0, TL_EFORMAT},     {"%d", 2, TL_EFORMAT},
	        {"", 1, TL_EFORMAT},       {"%%", 1, TL_EFORMAT},
	        {"%", 0, TL_EFORMAT},      {"%", 1, TL_EFORMAT},
	        {"%5", 1, TL_EFORMAT},     {"%-", 1, TL_EFORMAT},
	        {"%.", 1, TL_EFORMAT},     {"%l", 1, TL_EFORMAT},
	        {"%td", 1, TL_EFORMAT},    {"%lll", 1, TL_EFORMAT},
	        {"%llld", 1, TL_EFORMAT},  {"%hd", 1, TL_EFORMAT},
	        {"%jld", 1, TL_EFORMAT},   {"%*d", 2, TL_EFORMAT},
	        {"%.*d", 2, TL_EFORMAT},   {"%256d", 1, TL_EFORMAT},
	        {"%.256d", 1, TL_EFORMAT}, {"%99999999999d", 1, TL_EFORMAT},
	        {"%n", 1, TL_EFORMAT},     {"%ls", 1, TL_EFORMAT},
	        {"%lc", 1, TL_EFORMAT},    {"%lp", 1, TL_EFORMAT},
	        {"%5%", 0, TL_EFORMAT},    {"%y", 1, TL_EFORMAT},
	        {"% ", 1, TL_EFORMAT},     {"\\", 0, TL_EFORMAT},
	        {"\\x41", 0, TL_EFORMAT},  {"\\0", 0, TL_EFORMAT},
	        {"\\?", 0, TL_EFORMAT},    {"%f", 1, TL_EFLOAT},
	        {"%5.2f", 1, TL_EFLOAT},   {"%e", 1, TL_EFLOAT},
	        {"%Lg", 1, TL_EFORMAT},    {"%G", 1, TL_EFLOAT},
	        {"%a", 1, TL_EFLOAT},      {"%d %f", 2, TL_EFLOAT},
	        {"%lf", 1, TL_EFLOAT},     {"%-+ #0'd", 1, 0},
	        {"%255.255d", 1, 0},
	};

	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		unit_at("%s", table[i].format);
		EQ(format(table[i].format, table[i].nargs, 0, 0), -table[i].error);
		EQ(printed[0] == 0, table[i].error != 0);
	}
}

static void strings_have_bounds(void)
{
	memset(memory, 'x', sizeof memory);
	EQ(format("%s", 1, MEMORY, 0), 0);
	EQ(strlen(printed), TL_FORMAT_STRING);
	EQ(format("%.250s", 1, MEMORY, 0), 0);
	EQ(strlen(printed), TL_FORMAT_STRING);
	EQ(format("%.20s", 1, MEMORY, 0), 0);
	EQ(strlen(printed), 20);
	/* What is no memory ends it; what came before was printed. */
	EQ(format("before %s after", 1, MEMORY + sizeof memory - 3, 0), -TL_EFAULT);
	EQ(out.fault, MEMORY + sizeof memory);
	EQ(format("%s", 1, 0, 0), -TL_EFAULT);
	EQ(out.fault, 0);
	SAME(printed, "");
	EQ(format("%.3s", 1, MEMORY + sizeof memory - 3, 0), 0);
	SAME(printed, "xxx");
}

static void the_sink_may_fail(void)
{
	fails_after = 1;
	EQ(format("%255d", 1, 1, 0), -TL_EFULL);
	EQ(pieces, 1);
	fails_after = 2;
	EQ(format("%255d%255d", 2, 1, 2), -TL_EFULL);
	EQ(pieces, 2);
}

static const struct unit_test tests[] = {
        {"integers, as the C library prints them", integers},
        {"texts", texts},
        {"refused", refused},
        {"strings have bounds", strings_have_bounds},
        {"the sink may fail", the_sink_may_fail},
};

UNIT_MAIN(tests)
