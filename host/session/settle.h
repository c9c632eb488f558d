/* SPDX-License-Identifier: MIT */
/*
 * Moves points behind prologues: those of which only the function was named, and whose values are
 * there only once the function has stored its parameters.
 */
#ifndef HOST_SETTLE_H
#define HOST_SETTLE_H

#include "session/fields.h"

/* Says of each that moves where it is, and why; its name becomes that of the place, unless it was
   given one. */
void points_settle(struct points *, const struct fields_source *);

#endif
