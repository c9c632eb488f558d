/* SPDX-License-Identifier: MIT */
/*
 * The code of a fetch program, as expressions become it: bytes for the agent's small machine, which
 * has one accumulator and four kept words. SPEC.md, "Fetch programs", describes each of them.
 *
 * An integer in the accumulator is a whole word, extended as its type has it. What does not fit
 * the machine is refused, as the tree's problem: false, then.
 */
#ifndef HOST_FETCH_CODE_H
#define HOST_FETCH_CODE_H

#include "expr/tree.h"
#include "isa.h"

enum fetch_op {
#define TL_FETCH_OP(name, operands, what) FETCH_##name,
#include "fetch.def"
#undef TL_FETCH_OP
};

enum { FETCH_PART = 255 }; /* bytes of a part whose length is told in one */

struct code {
	struct tree *tree;
	const struct tl_isa *isa;
	struct types *types;
	/* code_value(), for what is part of a value, and has values as its parts */
	bool (*value)(struct code *, const struct node *);
	uint8_t bytes[FETCH_PART];
	unsigned n;    /* more than fit: it is too long */
	unsigned kept; /* words that are kept */
};

/* ---- operations ---- */

void code_op(struct code *, enum fetch_op);
void code_op1(struct code *, enum fetch_op, unsigned operand);
void code_constant(struct code *, uint64_t);
void code_add(struct code *, uint64_t); /* to the accumulator; negative ones wrap */
/* The operation on so many bytes, of LOAD1 LOAD2 LOAD4 LOAD8 and their like. */
enum fetch_op code_sized(enum fetch_op of_one_byte, uint64_t size);
/* Keeps the accumulator; false: there is no word left for it, and the problem says so. */
bool code_keep(struct code *, const struct node *, unsigned *k);
void code_release(struct code *);
/* A jump forward, whose end is told later. */
unsigned code_jump(struct code *, enum fetch_op);
void code_land(struct code *, unsigned jump);
bool code_refuse(struct code *, const struct node *, const char *why);

/* ---- expressions ---- */

/* Is it in memory, wherever that is? Else registers tell its value. */
bool node_in_memory(const struct node *);
/* Does it need no register and no memory? */
bool node_is_constant(const struct node *);
/* Its value, then. */
bool code_is_constant(const struct code *, const struct node *, uint64_t *v);

/* The accumulator, if there is one `computed`, and `offset`: an address. */
struct place {
	bool computed;
	uint64_t offset;
};
/* Where something in memory is, by its location, or a pointer leads. */
struct location_piece;
bool code_location(struct code *, const struct location_piece *, struct place *, const char **why);
bool code_place(struct code *, const struct node *, struct place *);
bool code_pointed(struct code *, const struct node *, struct place *);
void code_address(struct code *, const struct place *);              /* into the accumulator */
void code_load(struct code *, const struct place *, unsigned bytes); /* zero-extended */

/* The value of an integer, an enum or a pointer. */
bool code_value(struct code *, const struct node *);
/* 0 if it is false, anything else if it is true. */
bool code_truth(struct code *, const struct node *);
/* From one type to another. */
void code_convert(struct code *, const struct type *from, const struct type *to);
/* a < b is b > a. */
unsigned op_mirrored(unsigned op);
bool code_compare(struct code *, const struct node *);
bool code_compare_text(struct code *, const struct node *); /* see text.h */
/* acc = kept op acc */
void code_compare_kept(struct code *, unsigned op, bool is_signed, unsigned k);
/* Half of what is two words long, the lower one (0) or the other (1), into the accumulator. */
bool code_half(struct code *, const struct node *, unsigned half);
/* The same of integers that are longer than a word, in halves; and is one not 0? */
bool code_compare_long(struct code *, const struct node *, bool is_signed);
bool code_truth_long(struct code *, const struct node *);
/* Of a float with a number. */
bool code_compare_float(struct code *, const struct node *);

#endif
