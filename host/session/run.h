/* SPDX-License-Identifier: MIT */
/*
 * A probe session from arming to the proof that nothing is left: probes are added, their hits and
 * losses handed on, a target that was reset is armed again, and in the end every probe is disabled,
 * counted, drained, deleted and its text verified.
 */
#ifndef HOST_RUN_H
#define HOST_RUN_H

#include "program/spec.h"
#include "session/attach.h"
#include "session/fields.h"
#include "session/frames.h"
#include "session/options.h"
#include "session/stream.h"
#include "session/target.h"
#include "unwind/unwind.h"

enum { INSN_MAX = 16 };

struct totals {
	uint64_t hits, recorded, filtered, missed, dropped;
	uint64_t lost; /* records that did not come, dropped or on the line */
};

struct probe {
	struct point point; /* the name is the run's */
	struct remote_probe remote;
	unsigned length, points; /* bytes of the instruction; points in use when it was added */
	uint8_t original[INSN_MAX];
	struct fields *fields; /* what a hit shows by name; NULL: nothing */
	struct fetch *fetch;   /* what the target works out at a hit; NULL: it records registers */
	bool armed;
	bool kept;    /* after run_end(): another probe keeps its point */
	bool written; /* its page of flash */
	bool over;    /* the target has switched it off */
	bool added;   /* before, and it stays: nothing is armed or removed */
	bool heard;   /* of such a one: its first record came, what was before it others have had */
	uint32_t last_seq;
	uint64_t received, lost; /* records, since the target was last reset */
	struct totals past;      /* before that */
	struct totals total;     /* the last word */
};

struct hit {
	const struct probe *probe;
	double time;    /* seconds since the session began */
	uint32_t ticks; /* the same as the target counts it, modulo 2^32 */
	uint32_t seq;
	bool user;        /* the code was unprivileged */
	bool returned;    /* of a function, after: */
	uint32_t elapsed; /* ticks */
	double took;      /* the same in seconds */
	uintptr_t mask;   /* registers that are there */
	const uintptr_t *regs;
	const struct fetch_output *output; /* of a program; NULL: it had none */
	const struct captured *captured;   /* of its stack; NULL: it has none */
};

/* What happened to the session on the way. */
enum event_kind {
	EVENT_CUT,     /* no answer any more */
	EVENT_RESUMED, /* the target answers again, and the probes are still armed */
	EVENT_RESET,   /* the target was reset; probes are armed again, as after the next two */
	EVENT_LEASE,   /* the host was silent for longer than the lease */
	EVENT_TAKEN,   /* another host had opened a session */
	EVENT_OVERLOAD /* a probe is off: it took too much of the target's time */
};

struct event {
	enum event_kind kind;
	double time;    /* seconds since the session began */
	double silence; /* seconds without an answer, but for EVENT_CUT */
	double lease;   /* seconds */
	bool gap;       /* hits were not counted meanwhile, nobody knows how many */
};

struct run {
	struct attached *attached;
	const struct options *options;
	/* in run_begin(), before the first hit is told */
	void (*on_armed)(void *ctx, const struct run *);
	void (*on_hit)(void *ctx, const struct hit *);
	void (*on_lost)(void *ctx, const struct probe *, uint64_t records);
	void (*on_event)(void *ctx, const struct event *);
	void *ctx;

	struct probe *probes;
	size_t n;
	uint64_t hits, lost;    /* records, of all probes */
	unsigned resets;        /* of the target: it has forgotten what it was told before */
	unsigned writes;        /* times that its pages of flash were written */
	unsigned gaps;          /* times in which hits were not counted */
	uint32_t image_changes; /* of the target, that were seen */
	uint32_t overloads;     /* likewise */
	bool verified; /* after run_end(): the original bytes are back, wherever a probe was removed
	                */
	size_t vanished; /* after run_end(): probes that the target had removed before */
	size_t stay;     /* probes that were added before */
	uint64_t passed; /* records of probes that are not of this run: they went by */
	size_t kept;     /* after run_end(): points that another probe, not of this run, keeps */
	bool gone; /* the target did not come back, or was reset for good: nothing more can be done
	            */

	bool samples; /* they are no probes, but samplers */

	/* private */
	struct types *types;
	bool reset, listens; /* to the stream */
	struct probe *by_id[TL_PROBE_MAX + 1];
	struct stream stream;
	uint64_t last_frame;
	bool arming;
	struct frames held; /* that came meanwhile */
};

/* Adds a probe at each point. The hooks are set before. 0 or an exit status after saying why,
 * nothing left behind. */
int run_begin(struct run *, struct attached *, const struct options *, const struct points *,
              enum probe_kind);
/* Lets the target go on for up to `ms`. 0 or an exit status. */
int run_step(struct run *, unsigned ms);
/* The part of it that asks the target: what keeps the session, and finds it again. */
int run_keep(struct run *);
/* Reads the counters of every probe into probe->total. 0 or an exit status. */
int run_count(struct run *);
/* Are all probes through (limit reached, so disabled)? Asks the target. */
bool run_exhausted(struct run *);
/* Removes the probes; totals are final. 0 or an exit status. */
int run_end(struct run *);
void run_free(struct run *);

struct totals run_total(const struct run *);
/* How it ended, in a few words. */
const char *run_outcome(const struct run *);
/* Under --fail-on-loss: DONE, or LOSS after saying what was lost. */
int run_loss(const struct run *);

#endif
