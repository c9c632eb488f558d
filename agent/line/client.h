/* SPDX-License-Identifier: MIT */
/*
 * Who is on the line: a native host, a debugger, or both. The line knows either by a constant
 * struct of functions, which rooms above fill in. Base level, or in a halted context, if nothing
 * else is said.
 */
#ifndef TL_CLIENT_H
#define TL_CLIENT_H

#include "frame.h"
#include "trapline.h"

struct tl_client {
	uintptr_t session; /* the native host's token, 0: none */
	uintptr_t expired; /* that of the last session whose lease ran out */
	uint32_t lease_ms;
	uint32_t heard_ms; /* when the last packet came */
	bool listens;      /* the native host takes records; until then they stay in the ring */
	bool attached;     /* somebody talks packets: console text is framed */
	bool no_ack;
	bool debugger;       /* one is attached; and */
	bool shares;         /* a native host has been heard of since: they have one lease */
	uint32_t bad_frames; /* received with a wrong sum or form */
	uint32_t overruns;   /* packets that came while one was being served */
	uint16_t foreign;    /* packets served that were not native; wraps */
	uint32_t polls;      /* times that the line was served; wraps */
	uintptr_t caller;    /* where tl_poll() goes back to */
	uint32_t last;       /* CRC of the command whose answer stands to be sent again, 0: none */
};
extern struct tl_client tl_client;

/* The native host's side. */
struct tl_native {
	/* The next frame of what it listens to, if it is due; false: nothing to send now. */
	bool (*frame)(struct tl_frame_tx *tx, uint32_t now_ms);
	void (*gone)(void); /* its session has ended, and so does what does not outlive it */
};
extern const struct tl_native tl_native;

/* A debugger's side. */
struct tl_debugger {
	/* Is it the first packet of one, whatever mode an earlier one has left the line in? Any
	   context. */
	bool (*attaches)(const uint8_t *packet, unsigned n);
	void (*interrupt)(void); /* ^C has come. Any context */
	/* Does the firmware seem to hang, and is there a reason to halt it in the interrupt that
	   received this packet, or ^C? Else ^C waits for a poll, or for what was interrupted to go
	   on. Any context. */
	bool (*cannot_wait)(const uint8_t *packet, unsigned n);
	/* Something that it has not asked for; false: there is nothing. */
	bool (*notification)(struct tl_frame_tx *tx);
	/* The next packet of an answer that takes several; false: there is none. And no more. */
	bool (*part)(struct tl_frame_tx *out);
	void (*part_end)(void);
	bool (*takes_text)(void); /* now: it shows text only while it waits for a stop */
	void (*end)(void);        /* it was behind a host that is gone */
};
extern const struct tl_debugger tl_debugger; /* with TL_GDB only */

/* Is a debugger attached; and a native host with it? Any context. */
static inline bool tl_debugged(void)
{
	return TL_GDB && tl_client.debugger;
}
static inline bool tl_shared(void)
{
	return tl_debugged() && tl_client.shares;
}

void tl_session_end(bool keep); /* the host has gone, or says so */
/* by tl_port.reset, which there must be, once the answer has been sent */
void tl_reset_later(void);

#endif
