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
	TL_KIND_LIVE = 4,   /* a sampler (sampler.h), and no probe */
	TL_KIND_WRITE = 8, /* when data is written, or read: a watch, and no other but a snapshot */
	TL_KIND_READ = 16,
	TL_KIND_WATCH = TL_KIND_WRITE | TL_KIND_READ,
};

/* All hits while enabled are in one of recorded (`probe.hits`), filtered, missed and dropped, so
 * that a hit need count only once. */
struct tl_remote {
	struct tl_probe probe; /* of a sampler: hits, and TL_PROBE_ENABLED */
	union {
		struct {
			uintptr_t addr;
			uintptr_t select; /* registers to send, bit n: core register n */
		};
		struct {
			uint32_t since_ms, since_ticks; /* of a sampler: tl_clock as it was then */
		};
	};
	uint32_t filtered, missed, dropped;
	uint32_t every, limit; /* of a sampler: its period in ms, 0 */
	uint32_t countdown;    /* hits to the next that counts */
	/* id | its index << 8: the start of a record's first word; with a program, all of it */
	uint32_t mark;
	uint8_t id;     /* 0: free */
	uint8_t kind;   /* enum tl_kind */
	uint8_t active; /* of its returns: calls under way that may be hooked; of a watch: bytes */
	bool stay;      /* outlives the session */
	bool disabled;  /* as it is added */
	bool sampled;   /* by this poll, of a sampler */
	uint8_t delta;  /* its base in the stream, TL_NO_DELTA: none */
	bool flash;     /* pages of flash may be written for it */
#if TL_FETCH
	const uint8_t *program; /* its fetch program (fetched.h), NULL: it has none */
	bool looks;             /* which needs only the registers that a first look has */
	bool keeps;             /* it keeps words */
	bool outside;           /* it, or a read of the stack, may not run in a trap */
	bool system;            /* it uses registers that only a whole trap tells */
#endif
#if TL_STACK
	uint16_t stack; /* bytes of stack that a hit records (stacks.h), 0: none */
	uint16_t kept;  /* where its former stack is kept */
	uint16_t known; /* words of that which the host knows */
#endif
#if TL_IMAGES
	struct tl_in_image in; /* `addr` is as its image was linked, if in.image is not 0 */
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

/* Is it registered nowhere, but run from tl_poll()? */
static inline bool tl_is_sampler(const struct tl_remote *r)
{
	return TL_FETCH && r->kind == TL_KIND_LIVE;
}

/* Where it is; NULL: it is a sampler, or its image is not there. */
static inline const struct tl_point *tl_remote_point(const struct tl_remote *r)
{
	return tl_is_sampler(r) || tl_probe_waits(&r->probe) ? 0 : tl_point_of(&r->probe);
}

struct tl_remote *tl_remote_find(unsigned id);
/* A free one made like `want`, disabled; NULL: there is none. */
struct tl_remote *tl_remote_take(const struct tl_remote *want);
int tl_remote_add(const struct tl_remote *want, struct tl_remote **out);
/* Would a watch be accepted? With TL_WATCHES only. */
int tl_remote_try(struct tl_remote *watch);
int tl_remote_del(struct tl_remote *r);
void tl_remote_del_all(bool also_stay);
/* Records what its program says, outside of a trap. It has one. */
void tl_remote_sample(struct tl_remote *r);
void tl_remote_settle(void); /* from tl_poll(): what a trap could only ask for */

#endif
