/* SPDX-License-Identifier: MIT */
/*
 * Functions as the source has them, by the names that people write. Each definition is there once,
 * however many copies of it there are; so are those that were inlined everywhere.
 */
#ifndef HOST_FUNCTIONS_H
#define HOST_FUNCTIONS_H

#include "program/rows.h"
#include "program/scopes.h"

struct functions {
	struct function *at; /* each with a file and a line */
	size_t n;
	const struct elf_symbol *unknown; /* a symbol of that name of which DWARF tells nothing */
};

/* `image` (may be NULL): the program that it is of, see place_keep(); `in_file` (may be NULL): the
 * end of the path of the file that defines it. */
void functions_find(const struct elf *, const struct elf_file *image, const char *name,
                    const char *in_file, struct functions *);
void functions_free(struct functions *);

/* Whose a line of code is: of one of them; of another function that is defined in the same line (of
 * a template, by a macro); of none of these. */
enum membership { OF_NONE, OF_TWIN, OF_IT };
enum membership functions_at(const struct functions *, const struct elf *,
                             const struct statement *);

#endif
