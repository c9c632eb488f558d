/* SPDX-License-Identifier: MIT */
/*
 * Feeds host/output/spans.c, for test_latency.py: lines of `b KEY TIME TICKS`, `e KEY TIME TICKS`,
 * `lost` and `confirm`. Prints what counts, and the sums.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/spans.h"

static void closed(void *ctx, const struct closed_span *c)
{
	(void)ctx;
	printf("%s %" PRIu64 "\n", c->key, c->ticks);
}

int main(int argc, char **argv)
{
	static struct spans s;
	char line[200], key[100];
	struct moment at;

	s.hz = argc > 1 ? atof(argv[1]) : 1000;
	s.closed = closed;
	while (fgets(line, sizeof line, stdin))
		if (strcmp(line, "lost\n") == 0)
			spans_lost(&s);
		else if (strcmp(line, "confirm\n") == 0)
			spans_confirm(&s);
		else if (sscanf(line, "%*c %99s %lf %" SCNu32, key, &at.time, &at.ticks) == 3)
			(line[0] == 'b' ? spans_begin : spans_end)(&s, key, &at);
	printf("= %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
	       " %" PRIu64 " %zu\n",
	       s.n, s.sum, s.min, s.max, s.unmatched, s.restarted, s.evicted, s.doubtful, s.nopen);
	for (unsigned i = 0; i <= 100; i++)
		printf("%% %" PRIu64 "\n", spans_quantile(&s, i / 100.0));
	spans_free(&s);
	return 0;
}
