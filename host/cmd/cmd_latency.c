/* SPDX-License-Identifier: MIT */
/*
 * trapline latency FROM TO [by KEY [KEY]]: the time from hits of one place to those of another.
 * trapline async FUNC [by KEY] done EXPR: from the first poll of a function to the last.
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

static struct {
	bool keyed, polled;
} asked;

static int step(void *ctx, struct run *run, unsigned ms)
{
	(void)ctx;
	return run_step(run, ms);
}

static int measure(struct attached *a, const struct options *o, const struct points *points)
{
	struct latency *l = grow(NULL, 1, sizeof *l);
	int status = USAGE;

	*l = (struct latency){.keyed = asked.keyed, .polled = asked.polled};
	if (points->n != PLACES) {
		fail(USAGE,
		     asked.polled ? "POINT is one function here, and these are %zu"
		                  : "the two POINTs are one place each, and these are %zu",
		     asked.polled ? points->n / 2 : points->n);
		hint("no globs; of several functions of one name say which: NAME@FILE");
	} else {
		status = watch_points(a, o, points,
		                      &(struct company){.step = step,
		                                        .ops = latency_ops(o->format),
		                                        .ops_ctx = l});
	}
	latency_free(l);
	free(l);
	return status;
}

/* `behind`: what comes behind either place; it is freed. What is not asked for is not sent. */
static int on_places(const struct options *o, const char *from, const char *to,
                     char *behind[PLACES])
{
	char *points[PLACES] = {point_with(from, behind[0]), point_with(to, behind[1])};
	int status = on_points(SHOW_HITS, o, PLACES, points, measure);

	for (int i = 0; i < PLACES; i++) {
		free(points[i]);
		free(behind[i]);
	}
	return status;
}

int cmd_latency(const struct options *o, int argc, char **argv)
{
	char *behind[PLACES];

	asked.keyed = argc > PLACES;
	asked.polled = false;
	if (argc < PLACES || argc == PLACES + 1 || argc > PLACES + 3 ||
	    (asked.keyed && strcmp(argv[PLACES], "by") != 0))
		return MISUSED;
	for (int i = 0; i < PLACES; i++)
		behind[i] = asked.keyed
		                    ? format_string(" key=(%s)", argv[i ? argc - 1 : PLACES + 1])
		                    : copy_string(" %pc");
	return on_places(o, argv[0], argv[1], behind);
}

/* FUNC and its return, which have their stack pointer in common. */
int cmd_async(const struct options *o, int argc, char **argv)
{
	bool by = argc == 5 && strcmp(argv[1], "by") == 0;
	char *behind[PLACES];

	if ((argc != 3 && !by) || strcmp(argv[argc - 2], "done") != 0)
		return MISUSED;
	asked.keyed = asked.polled = true;
	behind[0] = format_string(" key=(%s) %%sp", by ? argv[2] : "$arg1");
	behind[1] = format_string("%%return done=((%s)!=0) %%sp", argv[argc - 1]);
	return on_places(o, argv[0], argv[0], behind);
}
