/* SPDX-License-Identifier: MIT */
/*
 * Places as people write them, looked up: `[IMAGE:]FUNC[@FILE][+OFF]`, `[IMAGE:]FUNC[@FILE]:RLN`,
 * `[IMAGE:]FILE:LINE`, where FUNC may be in quotes; a NAME is any symbol, of data too. Without
 * IMAGE it is the firmware's if that has it, else a program's.
 */
#ifndef HOST_PLACE_H
#define HOST_PLACE_H

#include "program/lookup.h"

/* A place, taken apart. */
struct place {
	const struct elf_file *image; /* of a program that the firmware loads; NULL: none is said */
	char *name;                   /* of a function, or of a file if there is a line */
	const char *in_file;          /* FUNC@FILE; NULL: not given */
	const char *typed_off;        /* the offset as it was typed; "" if there is none */
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
/* Takes `IMAGE:` off the front, if it names one of the ELF's programs; NULL: it does not. `elf` may
 * be NULL. */
const struct elf_file *place_image(char **text, const struct elf *);
/* Is it `IMAGE:0xADDR`, an address as the program was linked for it? Then where that is, or *status
 * after saying why not. `text` is left as it is. */
bool place_of_image(char *text, const struct elf *, uint64_t *addr, int *status);
/* Of symbols those that are meant: of the program that is said; if none is, the firmware's, if
 * there are some. */
void place_keep(const struct elf *, const struct elf_file *image, struct symbols *);
/* Is there a symbol of that name, +OFF left aside? `elf` may be NULL: then there is none. */
bool place_is_known(const struct elf *, const char *text);
/* An address as `SYMBOL[+OFF]` or a number; any symbol, data too. 0 or an exit status after saying
 * why. */
int place_parse(const char *text, const struct elf *, uint64_t *addr, uint64_t *size);

#endif
