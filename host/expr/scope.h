/* SPDX-License-Identifier: MIT */
/*
 * Names in an expression: which variable or constant one means at a place of the program, innermost
 * scope first.
 */
#ifndef HOST_SCOPE_H
#define HOST_SCOPE_H

#include "expr/location.h"
#include "expr/type.h"

struct elf;

/* The place that names are of. */
struct scope {
	const struct elf *elf;
	struct types *types;
	uint64_t pc;
	bool at; /* there is such a place; else only what is there always has a name */
};

struct variable {
	const struct type *type;
	struct location location;
	char where[80]; /* "file.c:12", its definition; "" if that is not known */
	/* A parameter that is not where its location says before this address; 0: it is. */
	uint64_t settles;
};

enum scope_result {
	SCOPE_NONE,
	SCOPE_VARIABLE,
	SCOPE_CONSTANT, /* an enumerator */
	SCOPE_SEVERAL,  /* variables of that name, none nearer than the others */
};

struct found {
	struct variable variable; /* its location to be freed */
	int64_t constant;
	const struct type *type; /* of a constant */
	bool gone;               /* SCOPE_NONE: there was one, and it is optimised out */
	char list[200];          /* SCOPE_SEVERAL: what would tell them apart */
};

/* `name` may have a file, a function or namespaces in front: pid.c::ticks, parse::length, ns::x.
   `global`: local variables are left out. */
enum scope_result scope_find(const struct scope *, const char *name, bool global, struct found *);

/* Of a local variable that is a pointer to what has no address there: the variable that it leads to
   the beginning of, its location to be freed. False: it is none. */
bool scope_pointee(const struct scope *, const char *name, struct variable *);

/* The variable whose name is nearest to a misspelt one, to be freed; NULL: none is near. */
char *scope_nearest(const struct scope *, const char *name);

/* How the function around the place is called. */
struct call_kind {
	const struct type *returns; /* void if nothing */
	bool plain;                 /* the language is C */
	bool variadic;              /* with a ... */
	bool changed;               /* a copy that takes something else than the source says */
};
bool scope_call_kind(const struct scope *, struct call_kind *); /* false: there is none */

/* Parameters of the function around the place, in order. */
typedef void variable_fn(void *ctx, const char *name, struct variable *);
void scope_parameters(const struct scope *, variable_fn *each, void *ctx);
/* All that have a name at the place and are no global ones, parameters first. */
void scope_locals(const struct scope *, variable_fn *each, void *ctx);

#endif
