/* SPDX-License-Identifier: MIT */
/*
 * Values as people read them, and as JSON. Types decide: enums by name, flags as A|B, characters as
 * text, structs and arrays in braces, pointers with the symbol that they lead to.
 */
#ifndef HOST_SHOW_H
#define HOST_SHOW_H

#include <stdio.h>

#include "expr/value.h"

struct elf;

struct show {
	FILE *out;
	const struct elf *elf; /* for symbols; may be NULL */
	struct evaluation *e;  /* for what has to be read still */
	unsigned depth;        /* structs within structs */
	unsigned elements;     /* of an array, and characters of a string */
};

/* What has no value is `<why>`, and null with the reason nowhere in JSON. */
void show_text(const struct show *, const struct value *);
void show_json(const struct show *, const struct value *);

#endif
