/* SPDX-License-Identifier: MIT */
/*
 * What parameters were at the function's entry: variables whose locations ask for registers as they
 * were then, which only the caller's call site can tell.
 */
#ifndef HOST_ENTRY_H
#define HOST_ENTRY_H

#include "expr/scope.h"
#include "expr/tree.h"
#include "isa.h"

/* NAME@entry of a parameter of the function around the place, where its caller has passed it in
   registers; at its first instruction, it is where it was passed. The location is to be freed.
   False: there is none, and *why says why. */
bool entry_variable(const struct scope *, const struct tl_isa *, const char *name,
                    struct variable *, const char **why);
/* Does a call site somewhere tell all that such a location, or one that was put off, asks for? */
bool entry_told(const struct scope *, const struct location *);
/* Is there such a variable in it? */
bool node_needs_entry(const struct node *);

#endif
