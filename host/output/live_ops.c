/* SPDX-License-Identifier: MIT */
/*
 * Which format samples get: see live.h.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/live.h"

const struct live_ops *live_ops(enum format format, FILE *out)
{
	static const struct live_ops *const ops[] = {
	        [FORMAT_TEXT] = &live_text, [FORMAT_JSONL] = &live_jsonl, [FORMAT_CSV] = &live_csv};
	const char *term = getenv("TERM");
	bool in_place = isatty(fileno(out)) && term && strcmp(term, "dumb") != 0;

	return format == FORMAT_TEXT && in_place ? &live_screen : ops[format];
}
