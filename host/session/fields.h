/* SPDX-License-Identifier: MIT */
/*
 * What a hit shows by name: the ARGs of a point. If it has none, the parameters of the function at
 * whose entry it is, or the value that the function returns. They are worked out on the host, from
 * the registers of a snapshot and what the ELF says of memory that does not change. Where that is
 * not enough, a fetch program brings what is in memory at the hit. Values at the function's entry,
 * which only the caller tells, come from the stack that the hit has brought.
 */
#ifndef HOST_FIELDS_H
#define HOST_FIELDS_H

#include "expr/fetch.h"
#include "expr/value.h"
#include "program/elf.h"
#include "program/spec.h"
#include "unwind/unwind.h"

struct field {
	const char *name;
	struct tree *tree;       /* NULL: a return value, by the calling convention; or `why` */
	const struct type *type; /* of that */
	unsigned reg;            /* index of its first register */
	bool in_parts;           /* a parameter of which a snapshot has no register, or not all */
	const char *why;         /* why it has no value; NULL: it may have one */
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

/* What fields are made from. */
struct fields_source {
	const struct elf *elf; /* may be NULL */
	const struct tl_isa *isa;
	struct types *types;
	bool fetch;  /* the agent runs fetch programs */
	bool counts; /* hits are counted, and show nothing */
	bool live;   /* of a sampler: there is no place, and there are no registers */
	bool stack;  /* hits bring their stack */
	bool kept;   /* the target keeps what for, behind the program: there is to be one */
};

/*
 * Of a point. *fields is NULL if there is nothing to show by name: no ARGs, and no debug
 * information. *fetch is NULL if registers will do. 0, or an exit status after saying why an ARG
 * cannot be shown, or a condition not be decided.
 */
int fields_make(const struct point *, const struct fields_source *, struct fields **fields,
                struct fetch **fetch);
/* What follows NAME= in an ARG, if there is a NAME. */
const char *argument_expression(const char *arg);
/* For what shows no hits: DONE, or USAGE after saying that ARGs, or conditions unless they are
   taken, are for those that do. */
int fields_none(const struct points *, bool conditions);
void fields_free(struct fields *); /* NULL is fine */

/* A word, where nothing tells what is returned. */
const struct type *fields_returned(const struct fields *);
/* Is there more to an ARG than registers tell? */
bool field_needs_memory(const struct fields *, const struct field *);

/* What a hit has brought. */
struct brought {
	const uintptr_t *regs;
	uintptr_t mask; /* of those that are there */
	uint32_t ticks;
	const struct fetch_output *output; /* of its program; NULL: it had none */
	const struct captured *captured;   /* its stack; NULL: it has none */
	struct unwinder *unwinder;         /* for that; NULL: there is none */
};

/* Never NULL. What was brought stays meanwhile. */
struct field_values;
struct field_values *fields_at(const struct fields *, const struct brought *);
struct evaluation *field_evaluation(struct field_values *);
/* False: it has no value, and *why says why. */
bool field_value(struct field_values *, size_t index, struct value *, const char **why);
void field_values_free(struct field_values *);

#endif
