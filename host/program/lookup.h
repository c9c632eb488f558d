/* SPDX-License-Identifier: MIT */
/*
 * Symbols by the names that people write: C++ and Rust without their mangling, clones by their
 * source name. See names.h.
 */
#ifndef HOST_LOOKUP_H
#define HOST_LOOKUP_H

#include "program/elf.h"

struct symbols {
	const struct elf_symbol **at; /* each at an address of its own */
	size_t n;
};

/* What was found: those that are named so, and what the compiler made of functions that are. */
struct lookup {
	struct symbols found, clones;
};

/* The symbol of that name, functions first, the firmware's before the agent's; *count (may be
   NULL): how many different addresses of that kind bear it. */
const struct elf_symbol *elf_find(const struct elf *, const char *name, unsigned *count);

enum wanted { WANT_CODE, WANT_ANY };

/* WANT_CODE: functions, else labels in text; WANT_ANY: variables, too. The firmware's own before
 * the agent's. */
void lookup(const struct elf *, const char *typed, enum wanted, struct lookup *);
void lookup_free(struct lookup *);
void symbols_add(struct symbols *, const struct elf_symbol *);

/* The name as people read it, the symbol's own where it is not mangled. */
const char *elf_name(const struct elf *, const struct elf_symbol *);
/* func+off for a code address, IMAGE:func+off in a program, 0x… where there is none. At most `size`
 * bytes, always terminated. */
void elf_describe(const struct elf *, uint64_t addr, char *to, size_t size);
/* Does a glob fit the symbol's name, or the name that people read? */
bool elf_fits(const struct elf *, const struct elf_symbol *, const char *glob);
/* Is it in the agent's text? */
bool elf_is_agents(const struct elf *, const struct elf_symbol *);
/* Is it a label in text: the assembler's, without a type? */
bool elf_is_label(const struct elf *, const struct elf_symbol *);
/* The symbol whose name is nearest to a misspelt one, the agent's own left out; NULL if none is
 * near. */
const struct elf_symbol *elf_nearest(const struct elf *, const char *name, enum wanted);

#endif
