/* SPDX-License-Identifier: MIT */
/*
 * Messages: see say.h.
 */
#define _GNU_SOURCE
#include "base/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"

static bool quiet, plain;
static int verbose;
static void (*make_room)(void);
static void (*diverted)(void *ctx, enum say_kind, const char *text);
static void *diverted_ctx;
static size_t console_column; /* characters of the console line under way */

void say_init(bool is_quiet, int how_verbose)
{
	quiet = is_quiet;
	verbose = how_verbose;
}

bool say_verbose(void)
{
	return verbose > 0;
}

bool colour_on(int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return !(no && *no) && isatty(fd) && !(term && strcmp(term, "dumb") == 0);
}

static const struct {
	const char *label, *colour;
} kinds[] = {[SAY_ERROR] = {"error: ", "\033[1;31m"},
             [SAY_HINT] = {"hint:  ", "\033[1;36m"},
             [SAY_WARNING] = {"warning: ", "\033[1;33m"},
             [SAY_NOTE] = {"", ""}};

static void divert(enum say_kind kind, const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		return;
	diverted(diverted_ctx, kind, text);
	free(text);
}

static void line(enum say_kind kind, const char *format, va_list args)
{
	const char *label = kinds[kind].label;
	bool coloured = *label && colour_on(STDERR_FILENO);

	if (diverted && kind != SAY_NOTE) {
		divert(kind, format, args);
		return;
	}
	if (make_room)
		make_room();
	say_console_end();
	fflush(stdout);
	fprintf(stderr, "%s%s%s", coloured ? kinds[kind].colour : "", label,
	        coloured ? "\033[0m" : "");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

int fail(enum status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line(SAY_ERROR, format, args);
	va_end(args);
	return (int)status;
}

void hint(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line(SAY_HINT, format, args);
	va_end(args);
}

void say_caret(const char *text, size_t at, size_t length)
{
	fprintf(stderr, "  %s\n  ", text);
	for (size_t i = 0; i < at && text[i]; i++)
		if ((text[i] & 0xc0) != 0x80) /* a character of UTF-8 takes one column */
			fputc(text[i] == '\t' ? '\t' : ' ', stderr);
	fputc('^', stderr);
	for (size_t i = at + 1; i < at + length && text[i]; i++)
		if ((text[i] & 0xc0) != 0x80)
			fputc('~', stderr);
	fputc('\n', stderr);
}

void warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line(SAY_WARNING, format, args);
	va_end(args);
}

void note(const char *format, ...)
{
	va_list args;

	if (quiet)
		return;
	va_start(args, format);
	line(SAY_NOTE, format, args);
	va_end(args);
}

void chat(const char *format, ...)
{
	va_list args;

	if (!verbose)
		return;
	va_start(args, format);
	line(SAY_NOTE, format, args);
	va_end(args);
}

void say_divert(void (*to)(void *ctx, enum say_kind, const char *text), void *ctx)
{
	diverted = to;
	diverted_ctx = ctx;
}

void say_make_room(void (*how)(void))
{
	make_room = how;
}

void say_console_end(void)
{
	if (console_column)
		fputc('\n', stderr);
	console_column = 0;
}

void say_console_plain(void)
{
	plain = true;
}

void say_console(const char *text, size_t n)
{
	enum { LONGEST = 400 }; /* a line that never ends is broken here */
	bool coloured = colour_on(STDERR_FILENO);

	if (plain)
		fwrite(text, 1, n, stdout);
	if (quiet || plain)
		return;
	if (make_room)
		make_room();
	fflush(stdout);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\r' || (c == '\n' && !console_column))
			continue;
		if (c == '\n' || console_column == LONGEST) {
			say_console_end();
			if (c == '\n')
				continue;
		}
		if (!console_column)
			fputs(coloured ? "\033[2mconsole|\033[0m " : "console| ", stderr);
		fputc(c == '\t' || (c >= ' ' && c != 0x7f) ? c : '?', stderr);
		console_column++;
	}
	fflush(stderr);
}

static const struct {
	unsigned value;
	const char *text, *hint;
} errors[] = {
#define TL_ERROR(name, value, text, hint) {value, text, hint},
#include "errors.def"
#undef TL_ERROR
        {E_NO_START, "nothing tells whether an instruction begins there",
         "give the ELF as it was linked, before strip; or --force, if a disassembly shows one "
         "there"},
        {E_NO_CODE, "its code is not in the ELF, which has names only",
         "give the ELF that was flashed, too (-e), or the port: then the text is read from the "
         "target"},
        {E_NO_PROGRAM, "the target has no room for its fetch program",
         "watch fewer points with conditions or values of memory at a time, or build the agent "
         "with more TL_FETCH"},
        {E_NO_WATCHES, "the target cannot watch data",
         "its core must have comparators for that which its agent knows (RISC-V triggers), and the "
         "agent TL_WATCHES; or probe the code that uses the data"},
        {E_WATCHES_USED, "all that the target has to watch data is in use",
         "delete a watch, or a probe that `trapline list` shows with a comparator: the core has "
         "one set for both, and the agent TL_WATCHES of TL_PROBES"},
        {E_WATCHES_TAKEN, "a debugger on the debug port has the core's comparators",
         "end it, or probe the code that uses the data"},
        {E_NO_RETURNS, "the agent on the target has no return probes",
         "build it with TL_RETURN=1 (agent/tl_config.h), or probe the function's last "
         "instructions: trapline funcs -v lists them"},
        {E_NO_DECODER, "the agent on the target is a thin one, which leaves decoding to the host",
         "give the firmware's ELF with -e FILE or in TRAPLINE_ELF"},
        {E_NO_SLOT, "this instruction runs in no slot, and a thin agent cannot simulate it",
         "probe the instruction before or after it, or build the agent with TL_DECODE=1"},
        {E_OPEN_TICKS,
         "the ELF does not show all that tl_port.ticks runs, and so a thin agent "
         "cannot take snapshots",
         "count instead; have ticks call nothing by pointer; or build the agent with "
         "TL_DECODE=1"},
};

const char *error_text(unsigned error)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (errors[i].value == error)
			return errors[i].text;
	return "an error this version of trapline does not know";
}

const char *error_hint(unsigned error)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (errors[i].value == error)
			return errors[i].hint;
	return "host and agent may be of different versions: trapline info";
}
