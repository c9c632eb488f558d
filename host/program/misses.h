/* SPDX-License-Identifier: MIT */
/*
 * What is said of names that are not there, or not once: `error:` and `hint:` lines. Functions that
 * return an int return SYMBOL.
 */
#ifndef HOST_MISSES_H
#define HOST_MISSES_H

#include "program/inlined.h"
#include "program/lookup.h"

struct inlined_places {
	struct inlined *at;
	size_t n;
};

/* A name that needs an ELF, or that the ELF does not have. */
int need_elf(const char *name);
int unknown_name(const struct elf *, const char *name, enum wanted);
/* Debug information that is not there: `what` ("lines", "variables") of a place of that name. */
int nothing_known(const struct elf *, const char *what, const char *name, uint64_t addr);
/* Several symbols of one name. */
int ambiguous_name(const struct elf *, const char *name, const struct symbols *);
/* A function that is there only as what the compiler made of it. */
int only_clones(const struct elf *, const char *name, const struct symbols *clones);
/* A function that is there only within others. */
int only_inlined(const struct elf *, const char *name, const struct inlined_places *);
/* What to call one of several, as people read it, unless others read the same (constructors, Rust's
 * hashes). */
const char *name_distinct(const struct elf *, const struct symbols *, size_t index);

/* Who counts calls of a function wants to know of those that are not calls any more, and of its
 * copies. */
void mention_inlined(const struct elf *, const char *name, const struct elf_symbol *,
                     const struct inlined_places *);
void mention_copies(const struct elf *, const char *name, const struct symbols *copies);
/* A place moved to where a parameter is stored, away from the first instruction of FUNC. */
void note_moved(const char *what, const char *func, const char *parameter, const char *to);

#endif
