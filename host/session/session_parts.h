/* SPDX-License-Identifier: MIT */
/*
 * What the files of a session share among themselves.
 */
#ifndef HOST_SESSION_PARTS_H
#define HOST_SESSION_PARTS_H

#include "session/session.h"

/* Asks whose session the target has, and what became of ours; once, or as often as usual. As
 * session_ask(). */
int session_ping(struct session *, bool patient, uint32_t *token);
/* A new clock of the target: it starts at `ticks`. */
void session_start_clock(struct session *, uint32_t ticks);

/* Sorts what the link has brought; begins to; forgets the frame under way: session_receive.c. */
void session_receive(struct session *);
void session_receive_begin(struct session *);
void session_receive_anew(struct session *);

#endif
