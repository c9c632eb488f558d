/* SPDX-License-Identifier: MIT */
/*
 * The session's line shared with a debugger. Its packets are passed on as they are, one at a time
 * and between our own. Answers go back in order, stops when they come. The debugger's acks end
 * here: the line itself has none. What was lost on the line is sent again, but nothing that lets
 * the firmware go on is sent twice. Follows protocol/SPEC.md, "GDB's packets".
 *
 * Some packets are not passed on, but done here: QStartNoAckMode; D, k and vKill, which are the
 * same as a connection that is closed: breakpoints go, the firmware runs on.
 */
#ifndef HOST_SHARE_H
#define HOST_SHARE_H

#include "link/gdb_port.h"
#include "session/frames.h"
#include "session/session.h"

struct share {
	struct gdb_port port;
	struct session *session;

	/* private */
	struct guest guest;
	struct tl_frame_rx rx; /* what the debugger says */
	uint8_t buffer[SESSION_FRAME_MAX];
	uint8_t raw[SESSION_FRAME_MAX]; /* the frame under way, as it came */
	size_t nraw;
	struct frames queue; /* to be passed on */
	bool acks;           /* the debugger's */

	uint8_t sent[SESSION_FRAME_MAX]; /* the frame that was passed on last */
	size_t nsent;
	bool asked;   /* its answer is due */
	bool running; /* a stop is due */
	bool non_stop;
	bool interrupt;    /* ^C was passed on, and nothing has stopped yet */
	bool asked_why;    /* `?` in the debugger's name: its answer is the stop that was lost */
	bool no_acks_due;  /* the line has acks again */
	bool left;         /* the debugger has gone: the agent is to be told */
	unsigned attempts; /* of `sent` */
	unsigned unheard;  /* times the agent said that it has stopped, and no stop had come */
	uint16_t before;   /* packets the agent had served before `sent` */
	uint64_t look;     /* when to ask what became of it */

	uint8_t answer[2 * SESSION_FRAME_MAX]; /* the last frame to the debugger */
	size_t nanswer;
};

/* A line whose agent has GDB's packets, a place for debuggers to connect. 0 or an exit status after
 * saying why. */
int share_open(struct share *, struct session *, const char *where);
/* The debugger is sent away, and the firmware goes on if the line still works. */
void share_close(struct share *);

/* To be called often, between requests of our own. 0 or SESSION_LOST. */
int share_step(struct share *);
/* Is an answer due? Requests of our own have to wait. */
bool share_busy(const struct share *);
/* The target has forgotten everything: the debugger is told by closing. */
void share_reset(struct share *);

#endif
