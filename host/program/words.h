/* SPDX-License-Identifier: MIT */
/*
 * The words behind the place of a point, as spec.h has them.
 */
#ifndef HOST_WORDS_H
#define HOST_WORDS_H

#include "program/spec.h"

static inline bool words_quote(char c)
{
	return c == '"' || c == '\'';
}

/* Reads them for a point that is appended to `points`; cuts `text` up. 0 or an exit status after
 * saying why. */
int words_parse(struct points *points, struct point *, char *text, const struct tl_isa *);

#endif
