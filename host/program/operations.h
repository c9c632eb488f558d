/* SPDX-License-Identifier: MIT */
/*
 * DWARF expressions, read as formulas: a stack machine whose values are texts.
 */
#ifndef HOST_OPERATIONS_H
#define HOST_OPERATIONS_H

#include "program/scopes.h"

/* A value: `base` and a number behind it, or a number alone. */
struct term {
	char *base;  /* NULL: none */
	int64_t off; /* of what is simple: a register, a sum */
};

/* What an expression needs of the place that it is read for. */
struct place_context {
	const struct elf *elf;
	Dwarf_Attribute *attr;         /* that has the expression; NULL: CFI's */
	const struct term *frame_base; /* NULL: not known */
	uint64_t addr;
};

enum formula_kind {
	FORMULA_MEMORY, /* the text is an address */
	FORMULA_VALUE,  /* the text is the value */
	FORMULA_TEXT,   /* the text says it all: a register, pieces, a pointer to nothing */
	FORMULA_ENTRY,  /* it needs a value at the function's entry, which the text names */
	FORMULA_NONE,   /* no operations: optimised out */
	FORMULA_UNREAD, /* the text says why it cannot be read */
};

struct formula {
	enum formula_kind kind;
	char *text; /* to be freed; may be NULL */
};

void formula_read(const struct place_context *, Dwarf_Op *, size_t n, struct formula *);
/* The value alone, of an expression that is no location; false: it cannot be read. */
bool formula_term(const struct place_context *, Dwarf_Op *, size_t n, struct term *);
/* "sp+24"; to be freed. */
char *term_text(const struct term *);

#endif
