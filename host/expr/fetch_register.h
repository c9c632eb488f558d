/* SPDX-License-Identifier: MIT */
/*
 * What registers alone tell: which a variable is in, and addresses that are sums of registers and a
 * number.
 */
#ifndef HOST_FETCH_REGISTER_H
#define HOST_FETCH_REGISTER_H

#include "expr/fetch_code.h"
#include "expr/location.h"
#include "program/system_register.h"

struct affine {
	uint64_t base;
	uint8_t times[64]; /* by index of a core register: how often it is added */
};

/* False: what the operations give is no such sum, and *why says why. */
bool affine_of(const struct location_piece *, const struct tl_isa *, struct affine *,
               const char **why);
/* The sum without its base; false: it is 0, and nothing was written. */
bool affine_code(struct code *, const struct affine *);

/* A core register by DWARF's number: its index. */
bool register_of_dwarf(const struct tl_isa *, unsigned dwarf, unsigned *reg);
/* The one core register that has all of a variable, a %register or a $special: its index. */
bool register_of(const struct tl_isa *, const struct node *, unsigned *reg);
/* The same where each bit of it counts. */
bool register_of_word(const struct tl_isa *, const struct node *, unsigned *reg);
/* Registers that a leaf's value needs, by index. False: it needs more, and *why says what. */
bool registers_of(const struct tl_isa *, const struct node *, uintptr_t *mask, const char **why);

/* ---- registers that no snapshot has ---- */

/* The one that has all of a variable, or of a member. */
bool node_system_register(const struct tl_isa *, const struct node *, struct system_register *);
/* Does a part of the expression need any? */
bool node_needs_system(const struct tl_isa *, const struct node *);
/* A word of it into the accumulator. */
void code_system(struct code *, const struct system_register *, unsigned word);

#endif
