/* SPDX-License-Identifier: MIT */
/*
 * The variables that the source has at an address, there or not.
 */
#ifndef HOST_LOCALS_H
#define HOST_LOCALS_H

#include "program/scopes.h"

struct local {
	const char *name;
	Dwarf_Die *die;
	unsigned function; /* of the scopes the one that it belongs to */
	bool parameter;
	bool hidden; /* by another one of that name, in a block within */
};

typedef void local_fn(void *ctx, const struct local *);
/* Those of the innermost function first; of a function its parameters first. */
void locals_each(const struct scopes *, local_fn *, void *ctx);

#endif
