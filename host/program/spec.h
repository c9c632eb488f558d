/* SPDX-License-Identifier: MIT */
/*
 * Points as people write them:
 *   [NAME=]FUNC[@FILE][+OFF|:RLN|%return] | FILE:LINE | 0xADDR[%return]
 *         | write:DATA | read:DATA | access:DATA
 *   [ARG…] [%REG…] [if EXPR] [task=NAME] [user|kernel] [every=N] [limit=N] [maxactive=N]
 *
 * An ARG is `[NAME=]EXPR`, kept as it is written (expr/tree.h has its grammar). Its spaces are
 * within brackets only. The EXPR of `if` goes on to the next NAME=N, to `user` or `kernel` where no
 * operand may stand, or to the end. FUNC may be in quotes ("a+b" or 'a+b'): for names with =, +, a
 * single : or spaces outside of brackets. DATA is an expression, too, of what has an address: a
 * variable, a member, an element; or 0xADDR.
 */
#ifndef HOST_SPEC_H
#define HOST_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "program/elf.h"

enum { WATCH_WRITE = 1, WATCH_READ = 2 };

struct point {
	char *name;  /* for people and for exports */
	bool named;  /* by the user, not by its place */
	unsigned id; /* of a probe that was added before, 0: none; then of what its hits bring: */
	uint8_t *program;  /* its fetch program and the words behind it; shared, like `args` */
	unsigned nprogram; /* bytes of both, 0: it has none */
	unsigned stack;    /* bytes of stack */
	uint64_t addr;
	bool at_return; /* of the function that begins there */
	bool alone;     /* only the function was named: the place may move behind its prologue */
	size_t moved;   /* it has: so long was the name before; 0: it has not */
	unsigned watch; /* it is data: accesses that are hits, WATCH_WRITE and WATCH_READ or'ed */
	char *data;     /* which, as it is written; shared, like `args` */
	uint64_t bytes; /* of that; `addr` and they are found later (session/data.h) */
	uintptr_t mask; /* registers asked for, 0: all */
	uint32_t every, limit, maxactive; /* 0: not given */
	char **args;                      /* shared by the points of a glob: `words` frees them */
	unsigned nargs;
	char *condition; /* likewise; NULL: none */
};

/* ARGs and condition of one argument of a command, and all else of it that is shared. */
struct point_words {
	char **at;
	unsigned n;
	char *condition, *data;
	uint8_t *program;
	struct point_words *next;
};

struct points {
	struct point *at;
	size_t n;
	struct point_words *words;
};

struct point_rules {
	bool all;   /* take all functions of a name, where there are several */
	bool force; /* a refusal of the host's own check is a warning */
};

/*
 * Parses the arguments of a command, and appends their points: one each, or several where FUNC is a
 * glob, or by the rules. `elf` and `isa` may be NULL: then symbols, or registers, cannot be used.
 * Returns 0 or an exit status
 * after saying why.
 */
int points_parse(struct points *, int argc, char **argv, const struct elf *, const struct tl_isa *,
                 const struct point_rules *);
void points_free(struct points *);

/* The words behind a place, as the grammar has them, in one line; to be freed. */
char *point_text(const struct point *, const struct tl_isa *);
/* Reads such for a point, which is one of `points`. As points_parse(). */
int point_text_parse(struct points *, struct point *, const char *text, const struct tl_isa *);

/* Is the place data that is watched? Then `watch` and `data` of the point, the latter a part of
 * `place`. */
bool place_of_data(char *place, const struct elf *, struct point *);
/* Takes `%return` off the end of a place; true if it was there. */
bool place_at_return(char *place);

#endif
