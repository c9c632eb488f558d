/* SPDX-License-Identifier: MIT */
/*
 * Samples of live values on a terminal: a line for each value, written anew in its place. What
 * changes is bold. Lines are as wide as the terminal, and there are no more than it has.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/say.h"
#include "base/util.h"
#include "output/live.h"

struct screen {
	char **texts;  /* of the values */
	bool *changed; /* since they were drawn last */
	double time;
	bool fresh;     /* there is something to draw */
	unsigned width; /* of the names */
};

/* Of the one terminal: lines that stand there, for say_make_room(). */
static struct {
	FILE *out;
	size_t lines;
} standing;

/* Other lines take its place; it is drawn again below them. */
static void erase(void)
{
	if (standing.lines)
		fprintf(standing.out, "\r\033[%zuA\033[J", standing.lines);
	standing.lines = 0;
	fflush(standing.out);
}

/* A character of UTF-8 takes one. */
static unsigned columns_of(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static void begin(struct live *l, const struct run *run)
{
	struct screen *s = grow(NULL, 1, sizeof *s);

	live_text.begin(l, run);
	*s = (struct screen){.texts = grow(NULL, l->nvalues, sizeof *s->texts),
	                     .changed = grow(NULL, l->nvalues, sizeof *s->changed)};
	for (size_t i = 0; i < l->nvalues; i++) {
		unsigned columns = columns_of(live_name(l, i));

		s->texts[i] = copy_string("");
		s->changed[i] = false;
		s->width = columns > s->width ? columns : s->width;
	}
	l->screen = s;
	standing.out = l->out;
	standing.lines = 0;
	say_make_room(erase);
}

static void keep(void *ctx, size_t index, const char *name, const struct show *show,
                 const struct value *v, const char *why)
{
	struct screen *s = ctx;
	struct show into = *show;
	char *text;
	size_t size;

	(void)name;
	into.out = open_memstream(&text, &size);
	if (!into.out)
		abort();
	live_value(&into, v, why);
	fclose(into.out);
	s->changed[index] |= strcmp(text, s->texts[index]) != 0;
	free(s->texts[index]);
	s->texts[index] = text;
}

static void row(struct live *l, double time)
{
	l->screen->time = time;
	l->screen->fresh = true;
	live_each(l, NULL, keep, l->screen);
}

/* As much of a text as fits so many columns; how many it took. */
static size_t put(FILE *out, const char *text, size_t columns)
{
	size_t taken = 0;

	for (; *text; text++) {
		if ((*text & 0xc0) != 0x80 && taken++ == columns)
			return columns;
		fputc(*text, out);
	}
	return taken;
}

static void line(const struct live *l, size_t index, size_t columns)
{
	const struct screen *s = l->screen;
	bool bold = l->coloured && s->changed[index];
	size_t taken = put(l->out, live_name(l, index), columns);

	for (; taken < s->width + 2 && taken < columns; taken++)
		fputc(' ', l->out);
	if (bold)
		fputs("\033[1m", l->out);
	put(l->out, s->texts[index], columns - taken);
	fputs(bold ? "\033[0m\033[K\n" : "\033[K\n", l->out);
}

/* Where the terminal does not say, it is as terminals were. */
static struct winsize size_of(FILE *out)
{
	struct winsize w = {0};

	if (ioctl(fileno(out), TIOCGWINSZ, &w) < 0 || !w.ws_col || !w.ws_row)
		w = (struct winsize){.ws_row = 24, .ws_col = 80};
	return w;
}

/* `all`: they are to stay, so all of them are written, however many fit. */
static void draw_lines(struct live *l, bool all)
{
	struct winsize w = size_of(l->out);
	size_t columns = w.ws_col - 1u, shown = l->nvalues;
	char time[80];

	if (!all && shown + 2 > w.ws_row) /* with the time, and the line of the cursor */
		shown = w.ws_row > 3 ? w.ws_row - 3u : 1;
	say_console_end();
	if (standing.lines)
		fprintf(l->out, "\r\033[%zuA", standing.lines);
	snprintf(time, sizeof time, "%.6f s, %llu %s", l->screen->time, (unsigned long long)l->rows,
	         l->rows == 1 ? "sample" : "samples");
	put(l->out, time, columns);
	fputs("\033[K\n", l->out);
	for (size_t i = 0; i < shown; i++)
		line(l, i, columns);
	standing.lines = 1 + shown;
	if (shown < l->nvalues) {
		char more[64];

		snprintf(more, sizeof more, "%zu more: the terminal has no lines for them",
		         l->nvalues - shown);
		put(l->out, more, columns);
		fputs("\033[K\n", l->out);
		standing.lines++;
	}
	fputs("\033[J", l->out);
}

static void draw(struct live *l)
{
	struct screen *s = l->screen;

	if (!s->fresh && standing.lines)
		return;
	if (!l->rows)
		return;
	draw_lines(l, false);
	s->fresh = false;
	memset(s->changed, 0, l->nvalues * sizeof *s->changed);
	fflush(l->out);
}

/* The last values stand. */
static void end(struct live *l, const struct run *run)
{
	struct screen *s = l->screen;

	if (l->rows)
		draw_lines(l, true);
	standing.lines = 0;
	say_make_room(NULL);
	live_text.end(l, run);
	for (size_t i = 0; i < l->nvalues; i++)
		free(s->texts[i]);
	free(s->texts);
	free(s->changed);
	free(s);
	l->screen = NULL;
}

const struct live_ops live_screen = {begin, row, live_say_lost, NULL, end, draw};
