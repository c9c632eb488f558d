/* SPDX-License-Identifier: MIT */
/*
 * trapline latency FROM TO [by KEY [KEY]]: the time from hits of one place to those of another.
 */
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "cmd/points.h"
#include "cmd/watch.h"
#include "output/latency.h"

enum { PLACES = 2 };

static bool keyed; /* the command line says `by` */

/* Where a place ends: at the first space that is in no brackets and no quotes. */
static size_t place_length(const char *point)
{
	size_t i, depth = 0;
	char quote = 0;

	for (i = 0; point[i]; i++) {
		char c = point[i];

		if (quote)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (strchr("([{<", c))
			depth++;
		else if (strchr(")]}>", c))
			depth -= depth > 0;
		else if (c == ' ' && !depth)
			break;
	}
	return i;
}

static char *with_word(const char *point, const char *word)
{
	size_t place = place_length(point);

	return format_string("%.*s %s%s", (int)place, point, word, point + place);
}

static int step(void *ctx, struct run *run, unsigned ms)
{
	(void)ctx;
	return run_step(run, ms);
}

static int latency(struct attached *a, const struct options *o, const struct points *points)
{
	struct latency *l = grow(NULL, 1, sizeof *l);
	int status = USAGE;

	*l = (struct latency){.keyed = keyed};
	if (points->n != PLACES) {
		fail(USAGE, "FROM and TO are one place each, and these are %zu", points->n);
		hint("no globs; of several functions of one name say which: NAME@FILE");
	} else {
		status = watch_points(a, o, points,
		                      &(struct company){.step = step,
		                                        .ops = latency_ops(o->format),
		                                        .ops_ctx = l});
	}
	spans_free(&l->spans);
	free(l);
	return status;
}

int cmd_latency(const struct options *o, int argc, char **argv)
{
	char *points[PLACES];
	int status;

	keyed = argc > PLACES;
	if (argc < PLACES || argc == PLACES + 1 || argc > PLACES + 3 ||
	    (keyed && strcmp(argv[PLACES], "by") != 0))
		return MISUSED;
	/* What is not asked for is not sent. */
	for (int i = 0; i < PLACES; i++)
		points[i] = with_word(argv[i], !keyed                    ? "%pc"
		                               : argc == PLACES + 3 && i ? argv[argc - 1]
		                                                         : argv[PLACES + 1]);
	status = on_points(SHOW_HITS, o, PLACES, points, latency);
	for (int i = 0; i < PLACES; i++)
		free(points[i]);
	return status;
}
