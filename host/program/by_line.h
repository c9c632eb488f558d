/* SPDX-License-Identifier: MIT */
/*
 * The places of source lines: one for each contiguous block of each copy.
 */
#ifndef HOST_BY_LINE_H
#define HOST_BY_LINE_H

#include "program/code_places.h"
#include "program/place.h"
#include "program/scopes.h"

struct line_place {
	uint64_t addr;
	const char *file;
	unsigned line;
};

struct line_places {
	struct line_place *at; /* by address, each once */
	size_t n;
};

/* Is there a source file whose path ends so? */
bool is_source_file(const struct elf *, const char *typed);
/*
 * Places of FILE:LINE, or of FUNC[@FILE]:RLN if there is such a function, whose copies share them.
 * One at least; or an exit status after saying why.
 */
int places_of_line(struct line_places *, const struct elf *, const struct place *);
/*
 * The places of all lines of a function, sorted by line and address; *last: its last line. What was
 * inlined into it does not count, but where it was inlined itself does.
 */
void places_of_function(struct line_places *, const struct elf *, const struct function *,
                        unsigned *last);
/* Where an address is, for lists: "work+0x12", and what was inlined there and called from where. */
void describe_place(const struct elf *, uint64_t addr, char *to, size_t size);

#endif
