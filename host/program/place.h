/* SPDX-License-Identifier: MIT */
/*
 * Places as people write them: `NAME[+OFF]`, where the name may be in quotes, looked up; and what
 * is said when it is not there.
 */
#ifndef HOST_PLACE_H
#define HOST_PLACE_H

#include "program/lookup.h"

/* NAME[+OFF], taken apart. */
struct place {
	char *name;
	const char *typed_off; /* the offset as it was typed; "" if there is none */
	uint64_t off;
};

/*
 * Takes `text` apart, which is cut up for that: a name in quotes ("…" or '…') stands for itself,
 * else what follows the last + is an offset. 0, or USAGE after saying why.
 */
int place_split(char *text, const struct elf *, struct place *);
/* Is there a symbol of that name, +OFF left aside? `elf` may be NULL: then there is none. */
bool place_is_known(const struct elf *, const char *text);
/* The symbols of a name; several only with `all`. 0, or an exit status after saying why. */
int place_symbols(const char *name, const struct elf *, enum wanted, bool all, struct symbols *);
/* What to call one of several so that they can be told apart, if that is possible. */
const char *place_distinct(const struct elf *, const struct symbols *, size_t index);
/* An address as `SYMBOL[+OFF]` or a number; any symbol, data too. 0 or an exit status after saying
 * why. */
int place_parse(const char *text, const struct elf *, uint64_t *addr, uint64_t *size);

/* `error:` and `hint:` for a name that needs an ELF, or that the ELF does not have. Both return
 * SYMBOL. */
int need_elf(const char *name);
int unknown_name(const struct elf *, const char *name, enum wanted);

#endif
