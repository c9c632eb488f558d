/* SPDX-License-Identifier: MIT */
/*
 * Values: what an expression gives when registers and memory are at hand.
 */
#ifndef HOST_VALUE_H
#define HOST_VALUE_H

#include "expr/location.h"
#include "expr/tree.h"
#include "isa.h"

/* Memory that all values of one evaluation share. */
struct arena {
	void **blocks;
	size_t n;
};
void arena_free(struct arena *);
void *arena_take(struct arena *, size_t n);

struct value {
	const struct type *type;
	bool in_memory; /* at `addr`; read when it is asked for */
	uint64_t addr;
	unsigned bits, shift; /* of a bit-field */
	const uint8_t *bytes; /* NULL: not read yet */
	size_t n;
};

/* What an evaluation may ask for. */
struct evaluation {
	const struct tl_isa *isa;
	struct machine machine;
	/* false: it is not known. `reg` is an index of the instruction set's table. May be NULL. */
	bool (*core)(void *ctx, unsigned reg, uint64_t *v);
	bool (*special)(void *ctx, const char *name, struct value *);
	/* What was read before, on the target: nowhere if it could not be. False: nothing was, of
	   this node. May be NULL. */
	bool (*known)(void *ctx, const struct node *, struct value *);
	void *ctx;
	struct types *types;
	struct arena arena;
	unsigned shown; /* values that were written out: there is an end to it */
	char why[120];  /* why there is no value */
};

/* False: there is none, and `why` says why. */
bool value_of(struct evaluation *, const struct node *, struct value *);
/* Reads it, if it is in memory. */
bool value_read(struct evaluation *, struct value *);
/* Of an integer, a pointer or an enum that was read: the number, its sign extended. */
int64_t value_integer(const struct value *);
double value_real(const struct value *);
bool value_member(struct evaluation *, const struct value *, size_t member, struct value *);
/* An array's, or what a pointer leads to and what follows that. */
bool value_element(struct evaluation *, const struct value *, uint64_t index, struct value *);

#endif
