/* SPDX-License-Identifier: MIT */
/*
 * Backtraces written out: see frames.h.
 */
#include "output/frames.h"

#include <string.h>

#include "base/json.h"

static const char *const words[] = {[FRAME_CALL] = NULL,
                                    [FRAME_INTERRUPTED] = "interrupted",
                                    [FRAME_INLINED] = "inlined",
                                    [FRAME_TAIL] = "tail call"};

void frames_text(const struct export *e, const struct hit *h)
{
	const struct backtrace *t;

	if (!h->captured || !e->unwinder)
		return;
	t = unwind(e->unwinder, h->captured, e->frames);
	for (size_t i = 0; i < t->n; i++) {
		const struct frame *f = &t->at[i];

		fprintf(e->out, "              #%-2zu %s%s%s", i, f->name, *f->line ? "  " : "",
		        f->line);
		if (words[f->kind])
			fprintf(e->out, "  (%s)", words[f->kind]);
		fputc('\n', e->out);
	}
	fprintf(e->out, "              -- %s\n", t->end);
}

void frames_json(const struct export *e, const struct hit *h)
{
	const struct backtrace *t;

	if (!h->captured || !e->unwinder)
		return;
	t = unwind(e->unwinder, h->captured, e->frames);
	fputs("\"stack\":[", e->out);
	for (size_t i = 0; i < t->n; i++) {
		const struct frame *f = &t->at[i];

		fprintf(e->out, "%s{\"pc\":\"0x%llx\",\"function\":", i ? "," : "",
		        (unsigned long long)f->pc);
		json_string(e->out, f->name);
		if (*f->line) {
			fputs(",\"line\":", e->out);
			json_string(e->out, f->line);
		}
		if (words[f->kind])
			fprintf(e->out, ",\"kind\":\"%s\"", words[f->kind]);
		fputc('}', e->out);
	}
	fputs("],\"stack_end\":", e->out);
	json_string(e->out, t->end);
	fputc(',', e->out);
}
