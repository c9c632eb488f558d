/* SPDX-License-Identifier: MIT */
/*
 * Data that is watched: what `write:EXPR` and `read:EXPR` name has an address and a size, whatever
 * the firmware does.
 */
#ifndef HOST_DATA_H
#define HOST_DATA_H

#include "expr/type.h"
#include "program/spec.h"
#include "session/fields.h"

/* Finds it for every point that has such. 0, or an exit status after saying why that cannot be
 * watched. */
int points_locate(struct points *, const struct fields_source *);
/* Its type, NULL: nobody knows, since only its address was given. */
const struct type *data_type(const struct point *, const struct fields_source *);

#endif
