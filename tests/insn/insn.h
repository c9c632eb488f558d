/* SPDX-License-Identifier: MIT */
/*
 * Proof per instruction: every row of the decode tables that the agent uses is run bare and probed
 * from the same random states, and both must end alike.
 *
 * insn.c is the proof; what it asks of an architecture is below, written once per folder of arch/:
 * insn_<arch>.c knows which rows there are and draws cases for them, insn_<arch>_run.c brings the
 * core into a state and takes it out again.
 */
#ifndef INSN_H
#define INSN_H

#include <stdbool.h>
#include <stdint.h>

#include "isa.h"
#include "trapline.h"

struct insn_row {
	const char *table; /* "narrow[0]": which of the variant's tables */
	unsigned index;    /* in it */
	uint32_t mask, match;
	uint16_t check; /* the ISA's own */
	uint8_t op;     /* the ISA's own */
	uint8_t len;    /* bytes */
	int error;      /* 0: it runs; else it is refused, -TL_E… */
	bool faults;    /* it always faults here: a coprocessor that this core lacks */
};

/* The core: before a run, or after it. Words by number, so that the proof can compare and name
   them; what they are is the arch's. */
enum { INSN_WORDS = 128 };
struct insn_state {
	_Alignas(8) uintptr_t word[INSN_WORDS];
};
extern const char *const insn_words[INSN_WORDS]; /* their names; NULL: there are no more */

/* The same by names: the architecture's own. */
struct cpu;
static inline struct cpu *cpu_of(struct insn_state *state)
{
	return (struct cpu *)state;
}
static inline const struct cpu *const_cpu_of(const struct insn_state *state)
{
	return (const struct cpu *)state;
}

struct insn_case {
	const struct insn_row *row;
	uint32_t bits;
	uintptr_t addr;    /* where the instruction is */
	uintptr_t start;   /* where the core starts: there, or at what puts it under a predicate */
	unsigned how;      /* the ISA's own: the predicate */
	bool fires;        /* false: the predicate is false, so the instruction does not execute */
	bool no_trap;      /* nothing may trap behind it: no post_handler */
	int error;         /* it is refused as its row is, or because of where it is: -TL_E… */
	uintptr_t literal; /* where the instruction loads a word of text from that has to be `word`;
	                      0: it does not */
	uint32_t word;
	struct insn_state from;
};

/* Random numbers: the same for the same seed, on every machine. */
uint32_t insn_random(void);
static inline bool insn_chance(unsigned one_in)
{
	return insn_random() % one_in == 0;
}

/* ---- rows: insn_rows.c ---- */

/*
 * Row `n` of all tables of the agent's variant, in the order of search; false: there are no more.
 * Rows that could never match, since earlier ones decide on all that they do, are left out.
 */
bool insn_row(unsigned n, struct insn_row *row);
/* Is `row` the first of its length that matches? */
bool insn_row_decides(const struct insn_row *row, uint32_t bits);

/* ---- memory that cases load from and store to: insn_memory.c ---- */

enum { INSN_SCRATCH_MAX = 0x6800, INSN_PLANTED_MAX = 27 };

struct insn_stack {
	uintptr_t from, to; /* the stack pointer before and after a run */
	unsigned below;     /* bytes below it that traps and handlers use; 0: the end of a list */
};
struct insn_changes {
	uint32_t words;  /* how many changed */
	uint32_t digest; /* of them all */
	uint32_t at, to; /* the first: offset and value */
};

/* `size` bytes at `base`, filled by `word`. */
void insn_scratch_init(uintptr_t base, unsigned size, uint32_t (*word)(void));
/* Puts there what the next run starts with: at most INSN_PLANTED_MAX words. */
void insn_scratch_plant(uintptr_t at, const uint32_t *words, unsigned n);
/* What the run changed, but for what is below stack pointers; and puts the filling back. `bare` as
 * for insn_run(). */
struct insn_changes insn_scratch_collect(const struct insn_stack *stacks, bool bare);

/* ---- what an architecture gives ---- */

void insn_init(void);
/* Does what runs by this row always fault here? */
bool insn_row_faults(const struct insn_row *row);
/* Draws an encoding of the row, a place and a state. False: not one of this row, or none that can
 * be proved (it says why). */
bool insn_draw(const struct insn_row *row, struct insn_case *c);
/* Puts the case's instruction into memory, and takes it out again. */
void insn_place(const struct insn_case *c);
void insn_remove(const struct insn_case *c);
/*
 * Runs the case until it has gone on to anywhere, and restores all else. `bare`: the case's first
 * run, to which others are compared. Memory that it changed is part of `to`.
 */
void insn_run(const struct insn_case *c, bool bare, struct insn_state *to);
/* Did it end in a fault, its own or one at where it went? And did the instruction execute? */
bool insn_faulted(const struct insn_case *c, const struct insn_state *after);
bool insn_executed(const struct insn_case *c, const struct insn_state *after);
/* Are FP registers in use, so that handlers may use them, too? */
bool insn_uses_fp(const struct insn_state *state);
/* Does a handler see the registers of this state? Before the instruction, or after it. */
bool insn_sees(const struct insn_case *c, const struct insn_state *state, bool after,
               const struct tl_regs *regs);

/* ---- deliberate breakages, for the proof of the proof: broken.h ---- */
extern unsigned insn_broken; /* 0: none; else which, from 1 */
/* What is broken; "" if it is not to be seen on `row` (NULL: any). NULL: there is no such
   breakage. */
const char *insn_breakage(unsigned n, const struct insn_row *row);

#endif
