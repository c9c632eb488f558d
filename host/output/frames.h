/* SPDX-License-Identifier: MIT */
/*
 * Backtraces of hits written out. Nothing where a hit has none.
 */
#ifndef HOST_OUTPUT_FRAMES_H
#define HOST_OUTPUT_FRAMES_H

#include "output/export.h"

void frames_text(const struct export *, const struct hit *);
/* As members of an object, with a comma behind. */
void frames_json(const struct export *, const struct hit *);

#endif
