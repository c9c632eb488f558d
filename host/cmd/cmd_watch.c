/* SPDX-License-Identifier: MIT */
/*
 * trapline watch POINT…: adds probes, streams their hits, removes them on exit.
 */
#include "cmd/cmd.h"
#include "cmd/points.h"
#include "cmd/watch.h"

static int step(void *ctx, struct run *run, unsigned ms)
{
	(void)ctx;
	return run_step(run, ms);
}

static int watch(struct attached *a, const struct options *o, const struct points *points)
{
	return watch_points(a, o, points, &(struct company){.step = step});
}

int cmd_watch(const struct options *o, int argc, char **argv)
{
	return on_points(MAY_BE_ADDED | SHOW_HITS, o, argc, argv, watch);
}
