/* SPDX-License-Identifier: MIT */
/*
 * Waits that say what for: see patience.h.
 */
#include "base/patience.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/say.h"
#include "base/util.h"

enum {
	SILENT = 1000, /* ms, for as long a wait needs no word */
	LOOK = 500,    /* ms of a poll in a wait without an end */
};

struct patience patience_begin(unsigned most)
{
	return (struct patience){.start = now_ms(), .most = most};
}

static void say_what(const struct patience *p, const char *format, va_list args)
{
	char what[300];

	vsnprintf(what, sizeof what, format, args);
	if (p->most)
		note("waiting for %s (%u s at most)", what, (p->most + 999) / 1000);
	else
		note("waiting for %s", what);
}

unsigned patience_left(struct patience *p, const char *format, ...)
{
	uint64_t gone = now_ms() - p->start;
	unsigned left = p->most ? (gone < p->most ? p->most - (unsigned)gone : 0) : LOOK;

	if (!p->said && gone >= SILENT && left) {
		va_list args;

		p->said = true;
		va_start(args, format);
		say_what(p, format, args);
		va_end(args);
	}
	return p->said || gone >= SILENT || gone + left < SILENT ? left : SILENT - (unsigned)gone;
}
