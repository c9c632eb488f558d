/* SPDX-License-Identifier: MIT */
/*
 * A part of a variable that is in several pieces: what of the location it takes. So a member has a
 * value where another one has none, and a struct has one where only what is between its members is
 * nowhere.
 */
#ifndef HOST_PART_H
#define HOST_PART_H

#include "expr/location.h"
#include "expr/type.h"

/* Pieces in which these bits of the type have no member are no longer where they were: they are
 * zeros, which nobody looks at. */
void part_take(struct location *, const struct type *, uint64_t at, uint64_t bits);
/* Is it one of those? */
bool part_is_dropped(const struct location_piece *);
/* Is there a piece with a value, though another one has none? */
bool part_may_be_there(const struct location *);

#endif
