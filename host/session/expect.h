/* SPDX-License-Identifier: MIT */
/*
 * What --expect says must hold in the end: a number of hits at least, or [NAME.]FIELD OP NUMBER.
 */
#ifndef HOST_EXPECT_H
#define HOST_EXPECT_H

#include "session/run.h"

/* Of a run that has ended: is anything lost that must not be (--fail-on-loss), and every --expect
 * met: "N", "hits>=N", "NAME.missed == 0" …? DONE, LOSS or UNMET after saying which are not. */
int expect_met(const struct run *);
/* Are they well formed, and the names those of points (NULL: not known yet)? Said before anything
 * is armed. 0 or USAGE. */
int expect_check(const struct options *, const struct points *);

#endif
