/* SPDX-License-Identifier: MIT */
/*
 * Time spans as text: see duration.h.
 */
#include "output/duration.h"

#include <stdio.h>

const char *duration_text(char *to, double seconds)
{
	static const struct {
		double from, factor;
		const char *unit;
	} units[] = {{1, 1, "s"}, {1e-3, 1e3, "ms"}, {1e-6, 1e6, "us"}, {0, 1e9, "ns"}}, *u = units;

	while (seconds < u->from)
		u++;
	snprintf(to, DURATION_TEXT, "%.4g %s", seconds * u->factor, u->unit);
	return to;
}
