/* SPDX-License-Identifier: MIT */
/*
 * The values of a hit by name, as text and as JSON.
 */
#ifndef HOST_VALUES_H
#define HOST_VALUES_H

#include "output/export.h"

/* `(pid=0x203fffd8 {…}, measured=2957)`, ` = 149`, or ` len=4 sum=9`. */
void values_text(const struct export *, const struct hit *);
/* `"values":{"pid":"0x203fffd8","measured":2957},` */
void values_json(const struct export *, const struct hit *);
/* One of them, as text; to be freed. NULL: it has no value. */
char *value_of_hit(const struct export *, const struct hit *, size_t index);
/* The text without the space in front, in one field. */
void values_csv(const struct export *, const struct hit *);

#endif
