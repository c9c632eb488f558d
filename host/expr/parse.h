/* SPDX-License-Identifier: MIT */
/*
 * From text to a tree: see tree.h.
 */
#ifndef HOST_PARSE_H
#define HOST_PARSE_H

#include "expr/tree.h"

/* Is it the name of a type? `(NAME)` is a cast then. */
typedef bool is_type_fn(void *ctx, const char *tag, const char *name);

/* All of `text`. Never NULL; root is NULL if it does not parse, and the problem says why. */
struct tree *expr_parse(const char *text, is_type_fn *, void *ctx);

#endif
