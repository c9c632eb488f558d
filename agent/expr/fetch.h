/* SPDX-License-Identifier: MIT */
/*
 * Fetch programs: the values that a host's probe records, and the condition on which it does, as
 * bytes that the host has compiled. The machine is in SPEC.md, its instructions in fetch.def.
 *
 * A program is checked once, before a probe gets it; then it runs in traps, and nothing of it is
 * checked again but the addresses that it reads from. It has no loops: how long it takes is known
 * by its length.
 */
#ifndef TL_EXPR_FETCH_H
#define TL_EXPR_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "tl_config.h"

enum tl_fetch_op {
#define TL_FETCH_OP(name, operands, text) TL_FETCH_##name,
#include "fetch.def"
#undef TL_FETCH_OP
	TL_FETCH_OPS
};

enum {
	TL_FETCH_KEPT = 4,    /* words that a program keeps */
	TL_FETCH_FIELDS = 31, /* of a program at most: a bit each of the status word */
};
/* Of the status word, beside a bit for each unreadable field: the condition was. */
#define TL_FETCH_UNDECIDED 0x80000000u

/*
 * Memory, as who runs programs gives it (stream/fetched.c): 1 to 255 bytes from anywhere; false:
 * they cannot be read. One access if they are a word or a part of one, and aligned. What is in
 * tl_clear need not be asked for.
 */
bool tl_fetch_read(uintptr_t addr, void *to, unsigned n);

/*
 * Registers besides those of a snapshot, by GDB's number, as who runs programs gives them: how many
 * words one has, 0: there is none of that number; and such a word of the context whose core
 * registers are at `regs`, in its struct tl_regs. False: the context has it not.
 */
unsigned tl_fetch_system_words(unsigned number, unsigned word);
bool tl_fetch_system(const uintptr_t *regs, unsigned number, unsigned index, uintptr_t *value);

/*
 * Runs the part of a program that begins at `code`, on core registers as a snapshot has them (in a
 * struct tl_regs, if it uses others besides): a condition, whose value it returns, which is not 0
 * where memory could not be read; or values, to the words behind *status, the last filled up with
 * zeros. What could not be read is or'ed into *status. One at a time, in any context that
 * tl_fetch_read() can bear.
 */
uintptr_t tl_fetch_run(const uint8_t *code, const uintptr_t *regs, uintptr_t *status);

/* Kept words become 0: to be called before a program runs that keeps any. */
void tl_fetch_forget(void);

/* Where the values of a program begin. */
static inline const uint8_t *tl_fetch_values(const uint8_t *program)
{
	return program + 1 + program[0];
}

/*
 * May it run where words have so many bytes (4 or 8) and there are so many registers? How many
 * words of output it makes, the status word included, 1 to nregs; else -TL_EINVAL, or -TL_EREG:
 * there is no such register. Reads program[0] to program[n - 1]. What is behind its last END is
 * the host's, and means nothing.
 */
int tl_fetch_check(const uint8_t *program, unsigned n, unsigned word, unsigned nregs);

/* What a program that has been checked uses. */
struct tl_fetch_use {
	bool others; /* other registers than those in a mask (bit n: core register n) */
	bool system; /* registers besides those of a snapshot */
	bool keeps;  /* kept words */
};
struct tl_fetch_use tl_fetch_uses(const uint8_t *program, unsigned n, uintptr_t but);

#endif
