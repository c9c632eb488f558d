/* SPDX-License-Identifier: MIT */
/*
 * trapline gdb [POINT…]: shares the line with stock GDB, which halts, steps and sets breakpoints,
 * while probes stream and the console shows. GDB may come and go; Ctrl-C here sends it away, and
 * the firmware runs on.
 */
#include <stdlib.h>

#include "base/say.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "cmd/points.h"
#include "cmd/watch.h"
#include "session/share.h"

struct sharing {
	struct share share;
	const struct options *options;
	unsigned resets; /* that the debugger knows of */
	bool open;
};

static void begin(void *ctx)
{
	struct sharing *s = ctx;

	const struct options *o = s->options;
	char *elfs = copy_string("");

	for (size_t i = 0; i < o->nelfs; i++) {
		char *longer = format_string(i ? "%s -ex 'add-symbol-file %s'" : "%s %s", elfs,
		                             o->elfs[i].path);

		free(elfs);
		elfs = longer;
	}
	note("gdb    gdb-multiarch%s -ex 'target remote %s'", elfs, s->share.port.target);
	free(elfs);
}

static int step(void *ctx, struct run *run, unsigned ms)
{
	struct sharing *s = ctx;
	int status;

	session_pump(&run->attached->session, ms, -1);
	share_step(&s->share); /* a line that is lost is noticed below */
	if (share_busy(&s->share))
		return DONE;
	status = run_keep(run);
	if (run->resets != s->resets)
		share_reset(&s->share);
	s->resets = run->resets;
	return status;
}

static void end(void *ctx)
{
	struct sharing *s = ctx;

	share_close(&s->share);
	s->open = false;
}

static int gdb(struct attached *a, const struct options *o, const struct points *points)
{
	static struct sharing s;
	int status = share_open(&s.share, &a->session, o->listen ? o->listen : ":2331");

	if (status)
		return status;
	s.options = o;
	s.open = true;
	status = watch_points(
	        a, o, points,
	        &(struct company){.begin = begin, .step = step, .end = end, .ctx = &s});
	if (s.open)
		share_close(&s.share);
	return status;
}

int cmd_gdb(const struct options *o, int argc, char **argv)
{
	return on_points(MAY_HAVE_NONE | SHOW_HITS, o, argc, argv, gdb);
}
