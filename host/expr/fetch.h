/* SPDX-License-Identifier: MIT */
/*
 * Fetch programs: what of an expression needs memory is loaded by the target at the hit, and so is
 * what a condition needs. The rest of an expression, its arithmetic, is left to the host: it takes
 * what the target has captured where it meets it in the tree.
 *
 * A hit's output is words of the target: a status word, then registers, then what was captured.
 * SPEC.md, "Fetch programs", describes every byte of a program.
 */
#ifndef HOST_FETCH_H
#define HOST_FETCH_H

#include "expr/tree.h"
#include "expr/value.h"
#include "isa.h"

enum {
	FETCH_CODE = 1024,  /* bytes of a program, at most; the agent's room is less */
	FETCH_WORDS = 64,   /* of output */
	FETCH_FIELDS = 30,  /* the bits of the status word that tell of them */
	FETCH_TEXT = 32,    /* bytes of what a `char *` leads to */
	FETCH_TEXT_MIN = 4, /* if there is less room, it is left out */
};

struct fetch;

/* Never NULL. */
struct fetch *fetch_begin(const struct tl_isa *, struct types *);
void fetch_free(struct fetch *); /* NULL is fine */

/* `if` of a point. False: the target cannot work it out; the tree's problem says why. */
bool fetch_condition(struct fetch *, struct tree *);
/* What is needed to work out the tree's value later. False as above. The tree stays as long as the
   program. */
bool fetch_capture(struct fetch *, struct tree *);
/* Registers as they are at the hit. */
void fetch_registers(struct fetch *, uintptr_t mask);
/* All is said. False: it is too much, and *why says of what; to be freed. */
bool fetch_end(struct fetch *, char **why);

const uint8_t *fetch_code(const struct fetch *, unsigned *n);
/* Of one that a target has: bytes up to the last END. The host's own are behind it (SPEC.md). 0: it
   is none. */
unsigned fetch_size(const uint8_t *program, unsigned n);
/* The constants in it, one after another; `*at` is 0 at first. False: there are no more. */
bool fetch_next_constant(const struct fetch *, unsigned *at, uint64_t *v);
unsigned fetch_words(const struct fetch *);
unsigned fetch_fields(const struct fetch *);
/* Has it a condition? */
bool fetch_filters(const struct fetch *);

/* Of one hit. */
struct fetch_output {
	const struct fetch *fetch;
	uint8_t bytes[8 * FETCH_WORDS];
	uintptr_t status;
	uintptr_t regs[64]; /* those of `mask` */
	uintptr_t mask;
};

void fetch_decode(const struct fetch *, const uintptr_t *words, struct fetch_output *);
/* For struct evaluation: what was captured of a node; a value that is nowhere if the target could
   not read it. NULL: nothing was captured. */
bool fetch_known(const struct fetch_output *, const struct node *, struct arena *, struct value *);
/* Text behind a pointer of which all that was captured is at hand. */
bool fetch_read(const struct fetch_output *, uint64_t addr, void *to, size_t n);
/* Could the target not evaluate the condition? The hit counts, then. */
bool fetch_undecided(const struct fetch_output *);

#endif
