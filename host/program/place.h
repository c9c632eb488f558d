/* SPDX-License-Identifier: MIT */
/*
 * Places as people write them, looked up: `FUNC[@FILE][+OFF]`, `FUNC[@FILE]:RLN`, `FILE:LINE`,
 * where FUNC may be in quotes; a NAME is any symbol, of data too.
 */
#ifndef HOST_PLACE_H
#define HOST_PLACE_H

#include "program/lookup.h"

/* A place, taken apart. */
struct place {
	char *name;            /* of a function, or of a file if there is a line */
	const char *in_file;   /* FUNC@FILE; NULL: not given */
	const char *typed_off; /* the offset as it was typed; "" if there is none */
	uint64_t off;
	bool has_line;
	unsigned line; /* of the file, or from the function's first one on */
};

/*
 * Takes `text` apart, which is cut up for that: a name in quotes ("…" or '…') stands for itself,
 * else what follows the last + is an offset, what follows the last single : a line, and what
 * follows the last @ a file. 0, or USAGE after saying why.
 */
int place_split(char *text, const struct elf *, struct place *);
/* Is there a symbol of that name, +OFF left aside? `elf` may be NULL: then there is none. */
bool place_is_known(const struct elf *, const char *text);
/* An address as `SYMBOL[+OFF]` or a number; any symbol, data too. 0 or an exit status after saying
 * why. */
int place_parse(const char *text, const struct elf *, uint64_t *addr, uint64_t *size);

#endif
