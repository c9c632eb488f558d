/* SPDX-License-Identifier: MIT */
/*
 * A host's probe, as packets add it, and what it does on a hit: filter, count, record registers or
 * what its fetch program says.
 */
#ifndef TL_REMOTE_H
#define TL_REMOTE_H

#include "probe/table.h"

/* What a probe records, or'ed. */
enum tl_kind {
	TL_KIND_COUNT = 0,
	TL_KIND_SNAPSHOT = 1,
	TL_KIND_RETURN = 2, /* when the function returns, not at its entry */
	TL_KIND_MAX = 3,
};

/* All hits while enabled are in one of recorded (`probe.hits`), filtered, missed and dropped, so
 * that a hit need count only once. */
struct tl_remote {
	struct tl_probe probe;
	uintptr_t addr;
	uintptr_t select; /* registers to send, bit n: core register n */
	uint32_t filtered, missed, dropped;
	uint32_t every, limit;
	uint32_t countdown; /* hits to the next that counts */
	uint32_t mark;      /* id | its index << 8: the start of a record's first word */
	uint8_t id;         /* 0: free */
	uint8_t kind;       /* enum tl_kind */
	uint8_t active;     /* of its returns: calls under way that may be hooked */
	bool stay;          /* outlives the session */
	bool disabled;      /* as it is added */
	uint8_t delta;      /* its base in the stream, TL_NO_DELTA: none */
#if TL_FETCH
	const uint8_t *program; /* its fetch program (fetched.h), NULL: it has none */
#endif
#if TL_NAME
	uint8_t name[TL_NAME]; /* the host's for it: as many bytes as fit, zeros behind */
#endif
};
enum { TL_NO_DELTA = 0xff };

extern struct tl_remote tl_remotes[TL_PROBES];

static inline uint32_t tl_remote_hits(const struct tl_remote *r)
{
	return r->probe.hits + r->filtered + r->missed + r->dropped;
}

struct tl_remote *tl_remote_find(unsigned id);
int tl_remote_add(const struct tl_remote *want, struct tl_remote **out);
int tl_remote_del(struct tl_remote *r);
void tl_remote_del_all(bool also_stay);
void tl_remote_settle(void); /* from tl_poll(): what a trap could only ask for */

#endif
