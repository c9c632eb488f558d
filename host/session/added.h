/* SPDX-License-Identifier: MIT */
/*
 * Probes that were added before: they are on the target until they are deleted, whoever comes and
 * goes.
 */
#ifndef HOST_ADDED_H
#define HOST_ADDED_H

#include "program/elf.h"
#include "program/spec.h"
#include "record.h"
#include "session/options.h"
#include "session/target.h"

enum { ADDED_NAME = 160 };

struct added_probe {
	struct remote_probe remote;
	char name[ADDED_NAME]; /* as it is shown, and may be typed: what it was added as, else its
	                          place */
	bool given;            /* it is a name that the target keeps */
	uint8_t *program;      /* that its hits run, and what the target keeps behind it, */
	unsigned nprogram;     /* bytes; 0: there is none */
	char *words;           /* which it was added with, ARGs and `if`; NULL: none are kept */
	char *data;            /* then, of a watch: as it was written */
	char *io;              /* then: what --io opened to it, `ADDR,SIZE …` */
	bool moved;            /* then: its place was moved behind the prologue */
	unsigned stack;        /* bytes of it that a hit brings */
};

struct added {
	struct added_probe at[TL_PROBE_MAX];
	size_t n;
};

/* All that are on the target. 0 or an exit status after saying why; to be freed anyway. */
int added_read(struct session *, const struct elf *, struct added *);
void added_free(struct added *);
/* What the target is to keep of a point behind its program, for hosts that come later: to be freed.
 */
char *added_text(const struct point *, const struct tl_isa *, const struct options *);
/* Ranges of memory that --io has opened to probes on the target. 0, a target error or SESSION_LOST.
 */
int added_io(struct session *, void (*take)(void *ctx, uint64_t base, uint64_t size), void *ctx);
/* The one that `word` means by its id or by the name that the target keeps; NULL: none. */
const struct added_probe *added_find(const struct added *, const char *word);

/*
 * Takes the words that mean such probes out of `argv` and appends their points: struct point.id
 * says which they are. 0 or an exit status.
 */
int added_points(struct points *, int *argc, char **argv, struct session *, const struct elf *);

#endif
