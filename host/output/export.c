/* SPDX-License-Identifier: MIT */
/*
 * Formats and files: see export.h.
 */
#include "output/export.h"

#include <errno.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"

const struct export_ops *export_ops(enum format format)
{
	static const struct export_ops *const formats[] = {[FORMAT_TEXT] = &export_text,
	                                                   [FORMAT_JSONL] = &export_jsonl,
	                                                   [FORMAT_CSV] = &export_csv};

	return formats[format];
}

const char *event_name(enum event_kind kind)
{
	static const char *const names[] = {[EVENT_CUT] = "cut",
	                                    [EVENT_RESUMED] = "resumed",
	                                    [EVENT_RESET] = "reset",
	                                    [EVENT_LEASE] = "lease",
	                                    [EVENT_TAKEN] = "taken"};

	return names[kind];
}

void export_say_rest(struct export *e)
{
	if (!e->unsaid)
		return;
	note("lost: %llu %s%s%s", (unsigned long long)e->unsaid,
	     e->unsaid == 1 ? "record" : "records", e->losing ? " of " : "",
	     e->losing ? e->losing->point.name : "");
	e->unsaid = 0;
	e->said = now_ms();
}

void export_say_lost(struct export *e, const struct probe *p, uint64_t records)
{
	enum { SECOND = 1000 };

	e->losing = !e->unsaid || e->losing == p ? p : NULL;
	e->unsaid += records;
	if (now_ms() - e->said >= SECOND)
		export_say_rest(e);
}

FILE *output_open(const struct options *o)
{
	FILE *out = o->output ? fopen(o->output, "we") : stdout;

	if (!out)
		fail(OUTPUT, "cannot write %s: %s", o->output, strerror(errno));
	return out;
}

static int output_error; /* the first one */

bool output_flush(FILE *out)
{
	bool good = fflush(out) == 0 && !ferror(out);

	if (!good && !output_error)
		output_error = errno ? errno : EIO;
	return good;
}

int output_close(FILE *out)
{
	bool good = output_flush(out);

	if (out != stdout && fclose(out) != 0 && good) {
		output_error = errno;
		good = false;
	}
	if (good)
		return DONE;
	return output_error == EPIPE
	               ? READER_LEFT
	               : fail(OUTPUT, "cannot write the output: %s", strerror(output_error));
}
