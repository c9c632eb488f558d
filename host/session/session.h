/* SPDX-License-Identifier: MIT */
/*
 * A session with an agent over a link: requests and their replies, the lease, the target's clock,
 * and the sorting of what arrives into replies, stream frames and console text. Follows
 * protocol/SPEC.md.
 */
#ifndef HOST_SESSION_H
#define HOST_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/patience.h"
#include "frame.h"
#include "isa.h"
#include "link/link.h"
#include "session/reply.h"
#include "session/sieve.h"

enum {
	SESSION_FRAME_MAX = 8192,
	SESSION_ID_MAX = 64,
	SESSION_FIRST_TAG = 0x1000, /* to 0xffff: all of four digits, so that text seldom looks like
	                               an answer */
	SESSION_COME_BACK = 15000,  /* ms for a target that was there before */
	SESSION_HINTED_PING = 60,   /* ms, when something suspicious was seen */
};

/* What a request came to: 0, a target error (positive, of errors.def), or one of these. */
enum {
	SESSION_LOST = -1,  /* no answer, or the link has gone */
	SESSION_RESET = -2, /* the target answers, but does not know this session any more */
};

/* What had become of the session when the target answered again, see session_resume(). */
enum session_fate {
	FATE_SAME,  /* nothing: only the line was cut */
	FATE_RESET, /* the target has started anew */
	FATE_LEASE, /* this host was silent for longer than the lease: the target removed its probes
	             */
	FATE_TAKEN, /* another host has opened a session */
};

/* What the target said it is. */
struct target {
	const struct tl_isa *isa;
	char isa_name[32], board[64];
	uint8_t build_id[SESSION_ID_MAX];
	unsigned build_id_len;
	unsigned version, tick_hz, points, probes, ring, packet, slot;
	unsigned features; /* enum tl_feature, or'ed */
};

/* Who gets what the session does not need itself. Either may be NULL. */
struct listener {
	void (*frame)(void *ctx, const uint8_t *data, unsigned n); /* of %Tl: */
	void (*text)(void *ctx, const char *text, size_t n);       /* the firmware's console */
	void *ctx;
};

/* A debugger that shares the line, see share.h: it gets the packets that answer no request of
   ours. */
struct guest {
	void (*packet)(void *ctx, const uint8_t *data, unsigned n);
	void (*notification)(void *ctx, const uint8_t *data, unsigned n);
	void (*input)(void *ctx); /* `fd` has input, or its other end has gone */
	void *ctx;
	int fd;     /* to be polled, -1: none */
	bool waits; /* for an answer: what has no TAG is the guest's */
};

struct session {
	struct link link;
	struct target target;
	struct listener listener;
	struct guest *guest; /* NULL: none */
	bool want_key;       /* the stream has a hole: ask for a key frame when there is time */
	bool armed;          /* as the target said last */
	enum session_fate fate;
	uint64_t silence;  /* ms, after session_resume(): how long this host did not know */
	uint64_t lease_ms; /* as the target said last */
	bool writes_flash; /* by what was asked of it: flash_may() */

	/* private */
	struct tl_frame_rx rx;
	uint8_t buffer[SESSION_FRAME_MAX];
	uint8_t reply[SESSION_FRAME_MAX];
	size_t reply_len;
	uint8_t raw[SESSION_FRAME_MAX]; /* the frame under way, as it came */
	size_t nraw;
	unsigned waiting; /* TAG of the request under way; 0: none */
	bool replied;
	bool no_crc;        /* the answer to hello had none: an agent of version 1 */
	bool held_ack;      /* '+': whose it is, the next frame tells */
	unsigned damaged;   /* answers that the line has damaged */
	unsigned lost_text; /* frames of console text that it has */
	unsigned chunk;     /* bytes of memory in a packet, at most; 0: as many as fit */
	unsigned tag;
	bool looks;              /* asks who is there, and opens no session */
	uint32_t token, offered; /* offered: of a session that is being opened */
	unsigned lease;
	unsigned longest; /* ms for an answer; 0: as long as usual */
	/* known: when the target last said that the session is there */
	uint64_t last_byte, next_ping, known;
	uint64_t bytes;      /* received in all */
	struct sieve sieve;  /* of what stands in no frame */
	uint64_t noise_told; /* bytes of it */
	bool bauds_told;
	struct patience wait;
	char waits_for[200]; /* empty: for the request under way */
	uint32_t clock_low;  /* the target's clock as last seen */
	uint64_t clock, clock_start, wall_start;
	/* of the last ping: how often the agent was polled, and its time */
	uint32_t polls, polls_at;
	bool polls_known, polls_told;
	uint32_t image_changes; /* how often an image was loaded or unloaded */
	uint32_t overloads;     /* how often probes were switched off, over the target's budget */
	double epoch;           /* seconds of the whole run before this clock began */
};

/*
 * Opens the link and says hello. 0 or an exit status after saying why. `lease` in ms, 0: the
 * agent's default. `wait`: ms for the port to be there and for each answer, 0: a few seconds for
 * an answer.
 */
int session_open(struct session *, const char *port, const struct link_settings *, unsigned lease,
                 unsigned wait);
/*
 * To look at a line, and change nothing on the target: opens the link, and nothing is sent yet.
 */
int session_connect(struct session *, const char *port, const struct link_settings *,
                    unsigned lease, unsigned wait);
/* Then asks who is there, without a session; requests may follow. Both as session_open(). */
int session_look(struct session *, unsigned wait);
/* What noise on the line means, as a hint. */
void session_hint_noise(const struct session *);
/* Says bye, which removes what this session added but for what is to stay, and closes the link. */
void session_close(struct session *);

/* Asks `name` with the fields of `format` (",%x,…"), until it is answered; fields of the reply are
 * left in *r. */
int session_ask(struct session *, struct reply *r, const char *name, const char *format, ...)
        __attribute__((format(printf, 4,
                              5))); /* The same with so many attempts; 0: as many as usual. */
int session_try(struct session *, struct reply *r, unsigned attempts, const char *name,
                const char *format, ...) __attribute__((format(printf, 5, 6)));

/* No more acks on the line. 0 or SESSION_LOST. */
int session_no_acks(struct session *);

/*
 * What follows waits for `format`, which may take many requests: so it is said once, and with
 * `most` (ms, 0: nobody knows), if it lasts; without this, each request that lasts says what it
 * waits for.
 */
void session_wait(struct session *, unsigned most, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
void session_wait_over(struct session *);

/* Takes what arrives within `ms`; returns early when something did, or `fd` (-1: none) has input:
 * then true. */
bool session_pump(struct session *, unsigned ms, int fd);
/* The next frame of the stream shall be a key frame. 0 or SESSION_LOST. */
int session_ask_key(struct session *);
/* To be called often: renews the lease, asks for key frames. 0, SESSION_LOST or SESSION_RESET. */
int session_keep(struct session *);
/*
 * After LOST or RESET: waits for the target to come back, and asks whom it knows before it opens
 * anything. 0: the same session goes on; SESSION_RESET: a new one, since the target has forgotten
 * this one, see `fate`; SESSION_LOST: it did not come back.
 */
int session_resume(struct session *);
/* Is there anything to wait for? Not behind a program that has ended. */
bool session_may_resume(const struct session *);

/* Seconds since the session began, by the target's clock. `ticks` is at most 2^31 away from now. */
double session_seconds(struct session *, uint32_t ticks);
/* Seconds since the session began, now, by this machine's clock. */
double session_now(const struct session *);
/* Ticks in seconds. */
double session_duration(const struct session *, uint32_t ticks);
/* What became of the session, as a sentence. */
const char *session_fate_text(const struct session *);
/* Why there was no answer, as error and hints. Returns LINK. */
int session_explain(const struct session *);

#endif
