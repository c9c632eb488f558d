/* SPDX-License-Identifier: MIT */
/*
 * Places in code, found: what `FUNC[@FILE][+OFF]`, `FUNC[@FILE]:RLN`, `FILE:LINE` or 0xADDR is, in
 * every copy that compilers made of it.
 */
#ifndef HOST_CODE_PLACES_H
#define HOST_CODE_PLACES_H

#include "program/elf.h"

struct code_place {
	uint64_t addr;
	char *name;  /* what to call it */
	bool named;  /* a symbol begins there, which is what was meant */
	bool inside; /* of a function, which is not called there: a line's, or inlined */
	bool alone;  /* FUNC, without an offset */
};

struct code_places {
	struct code_place *at;
	size_t n;
};

/*
 * Finds what `text` means, which is cut up for that; several only with `all`. `elf` and `isa` may
 * be NULL: then only addresses are found, as they are typed. 0, or an exit status after saying why.
 */
int code_places_find(struct code_places *, char *text, const struct elf *, const struct tl_isa *,
                     bool all);
void code_places_free(struct code_places *);
/* Is the symbol's function defined in a file whose path ends so, or its code from there? */
bool code_is_from(const struct elf *, const struct elf_symbol *, const char *file);

#endif
