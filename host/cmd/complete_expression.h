/* SPDX-License-Identifier: MIT */
/*
 * Completion within an expression: of variables, and of members behind a . or ->.
 */
#ifndef HOST_COMPLETE_EXPRESSION_H
#define HOST_COMPLETE_EXPRESSION_H

#include "program/elf.h"

/*
 * Prints what may stand at the end of `word` (one a line, each with all that comes before it
 * there). `place`: what stands in front is a place, whose variables are meant, and a space. False:
 * the end is no name of that kind, and something else may complete it.
 */
bool complete_expression(const struct elf *, const char *word, bool place);
/* Prints `write:` and the like, if that is how `word` may go on. */
void complete_access(const char *word);

#endif
