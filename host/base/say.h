/* SPDX-License-Identifier: MIT */
/*
 * What the tool says: data goes to stdout (or -o), everything said here to stderr, one line a
 * message. A failure is an `error:` line, what would work instead a `hint:` line, and an exit
 * status.
 */
#ifndef HOST_SAY_H
#define HOST_SAY_H

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses. */
enum status {
	DONE = 0,
	UNMET = 1,   /* an --expect was not met */
	USAGE = 2,   /* the command line */
	LINK = 3,    /* port or link: cannot open, silent, lost */
	REFUSED = 4, /* by the target, or by the host's check of the probe */
	SYMBOL = 5,  /* symbol, ELF or build-id */
	LOSS = 6,    /* records were lost and --fail-on-loss was given */
	OUTPUT = 7,  /* the output could not be written: a full disk, a file that cannot be made */
	HUNG_UP = 129, /* after a clean end: SIGHUP, as shells say it */
	/* after a clean end: nobody reads what is written, as shells say SIGPIPE */
	READER_LEFT = 141,
};

void say_init(bool quiet, int verbose);
bool say_verbose(void);

/* `error:` line; returns `status`, so that a caller can say and leave in one statement. */
int fail(enum status status, const char *format, ...) __attribute__((format(printf, 2, 3)));
void hint(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Below an error: `text`, and marks below the `length` characters from `at` on. */
void say_caret(const char *text, size_t at, size_t length);
void note(const char *format, ...) __attribute__((format(printf, 1, 2))); /* not with -q */
void chat(const char *format, ...) __attribute__((format(printf, 1, 2))); /* only with -v */
/* The firmware's own text, shown line by line behind a mark. Not with -q. */
void say_console_plain(void); /* from now on as it is, to stdout: it is the data */
void say_console(const char *text, size_t n);
/* From now on errors, hints and warnings go there instead of to stderr; NULL: no more. */
enum say_kind { SAY_ERROR, SAY_HINT, SAY_WARNING, SAY_NOTE };
void say_divert(void (*)(void *ctx, enum say_kind, const char *text), void *ctx);
/* Called before anything goes to stderr: what stands on the terminal makes room. NULL: nothing
 * does. */
void say_make_room(void (*)(void));
void say_console_end(void); /* ends a line that the firmware left open */

/* Errors that only the host finds, beside those of errors.def. */
enum {
	E_NO_START = 0x100,
	E_NO_CODE,
	E_NO_RETURNS,
	E_NO_DECODER,
	E_NO_SLOT,
	E_OPEN_TICKS,
	E_NO_PROGRAM,
	E_NO_WATCHES,
	E_WATCHES_USED,
	E_WATCHES_TAKEN
};

/* An error of errors.def or of the host's own: its text, its hint. */
const char *error_text(unsigned error);
const char *error_hint(unsigned error);

/* May `fd` be coloured? A terminal, and no NO_COLOR. */
bool colour_on(int fd);

#endif
