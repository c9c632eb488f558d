/* SPDX-License-Identifier: MIT */
/*
 * A piece of text from its beginning to its end: instruction by instruction, with the data in
 * between.
 */
#ifndef HOST_WALK_H
#define HOST_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "program/elf.h"

struct walk {
	const struct elf *elf;
	const struct elf_section *section;
	uint64_t addr, end;
	unsigned len; /* of what is at addr */
	bool data;    /* not an instruction */
	bool unknown; /* it may be one, but nothing says so */
	const struct layout *layout;
};

/* Of a function; or of any piece of text that begins with an instruction (elf_piece_at()). */
void walk_function(struct walk *, const struct elf *, const struct elf_symbol *func);
void walk_piece(struct walk *, const struct elf *, uint64_t start, uint64_t end);
/* On to the first instruction, or to the next. False: there is none. */
bool walk_step(struct walk *);

#endif
