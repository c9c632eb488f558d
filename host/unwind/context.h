/* SPDX-License-Identifier: MIT */
/*
 * A context on its way up the stack: registers by DWARF's numbers, as far as they are known, and a
 * step by a row of unwind tables.
 */
#ifndef HOST_CONTEXT_H
#define HOST_CONTEXT_H

#include "expr/location.h"
#include "program/isas.h"
#include "unwind/site.h"
#include "unwind/unwind.h"

enum { CONTEXT_REGS = 64 };

struct context {
	const struct tl_isa *isa;
	const struct captured *captured;
	uint64_t value[CONTEXT_REGS];
	bool known[CONTEXT_REGS];
	uint64_t pc;
	bool exact;      /* pc is the next instruction to run; else it is behind a call */
	unsigned left;   /* if not: the register that this call has changed, with pc */
	bool on_other;   /* it is on the other stack */
	uint64_t missed; /* the address that could not be read last; 0: all could */
};

void context_start(struct context *, const struct tl_isa *, const struct captured *);
/* The stack pointer. */
uint64_t context_sp(const struct context *);
/* A word of the stacks that were captured; notes what is missing. */
bool context_read(struct context *, uint64_t addr, uint64_t *word);

enum context_step {
	STEP_DONE,
	STEP_MISSING, /* something that was not captured: `missed` */
	STEP_UNKNOWN, /* the row cannot be worked out */
	STEP_LOST,    /* the function keeps no return address, and has called */
};
/* To the caller, by a row: all but pc, which is to be made of `*ret`. */
enum context_step context_step(struct context *, Dwarf_Frame *row, uint64_t *ret);
/*
 * The same where a function that returns by another register than usual is about to do so: one that
 * saves registers for the function that begins with a call of it. It has left its frame to that
 * one, and every register is as that will find it. False: it is no such place.
 */
bool context_leave(struct context *, const struct site *, uint64_t *ret);
/* Out of an exception: false: `ret` is no way back from one. */
bool context_unstack(struct context *, uint64_t ret, enum tl_unstacked *how);

#endif
