/* SPDX-License-Identifier: MIT */
/*
 * What a hit shows by name: the ARGs of a point, or, if it has none, the parameters of the function
 * at whose entry it is, or the value that the function returns. Worked out on the host, from the
 * registers of a snapshot and what the ELF says of memory that does not change.
 */
#ifndef HOST_FIELDS_H
#define HOST_FIELDS_H

#include "expr/value.h"
#include "program/elf.h"
#include "program/spec.h"

struct field {
	const char *name;
	struct tree *tree; /* NULL: a parameter or a return value, by the calling convention */
	const struct type *type; /* of that */
	unsigned reg;            /* index of its first register */
	bool in_register;
	const char *why; /* why it has no value; NULL: it may have one */
};

struct fields {
	struct field *at;
	size_t n;
	bool call;                  /* they are parameters: NAME(a=1, b=2) */
	bool result;                /* the one is what is returned: NAME = 1 */
	uintptr_t mask;             /* registers that they need */
	const struct type *returns; /* NULL: not known */
	struct types *types;
	const struct elf *elf;
	const struct tl_isa *isa;
};

/*
 * Of a point. *fields is NULL if there is nothing to show by name: no ARGs, and no debug
 * information. 0, or an exit status after saying why an ARG cannot be shown.
 */
int fields_make(const struct point *, const struct elf *, const struct tl_isa *, struct types *,
                struct fields **fields);
/* For what shows no hits: DONE, or USAGE after saying that ARGs are for those that do. */
int fields_none(const struct points *);
void fields_free(struct fields *); /* NULL is fine */

/* Registers at a hit, of those in `mask`. Never NULL. */
struct field_values;
struct field_values *fields_at(const struct fields *, const uintptr_t *regs, uintptr_t mask);
struct evaluation *field_evaluation(struct field_values *);
/* False: it has no value, and *why says why. */
bool field_value(struct field_values *, size_t index, struct value *, const char **why);
void field_values_free(struct field_values *);

#endif
