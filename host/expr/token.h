/* SPDX-License-Identifier: MIT */
/*
 * The words and signs of an expression.
 */
#ifndef HOST_TOKEN_H
#define HOST_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

enum token_kind { END, NUMBER, CHARACTER, TEXT, NAME, DOLLAR, PERCENT, OPERATOR, BAD };

struct token {
	enum token_kind kind;
	size_t at, length;
	unsigned op; /* OPERATOR: as OP2 */
};

/* On to the next one of the text; the first is behind one of no length at 0. */
void token_next(struct token *, const char *text);

#endif
