/* SPDX-License-Identifier: MIT */
/*
 * The other end of the mock board's line, for tests: packets, the stream, the console, as
 * protocol/SPEC.md has them.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include "record.h"
#include "unit.h"

enum { CLIENT_RECORDS = 1 << 14 };

struct client {
	char answer[4096]; /* data of the last packet, unescaped, NUL-terminated */
	unsigned answers, acks, naks, bad;
	bool has_crc;       /* it ended in the right one, taken off */
	char text[8192];    /* plain console text */
	char console[8192]; /* console text that came in frames */
	unsigned text_len, console_len;
	struct tl_record records[CLIENT_RECORDS];
	unsigned nrecords;
	uintptr_t words[1 << 16]; /* of their stacks */
	unsigned nwords, pieces, stack_bytes;
	unsigned frames, key_frames, lost_frames, foul_frames; /* of the stream */
};
extern struct client client;

void client_start(void);     /* the machine, the board and the agent from scratch */
void client_reconnect(void); /* forgets what was received */
void client_pump(void);      /* takes what the target has sent */
void client_abandon(void);   /* what looks like the start of a frame was text */
void client_send(const void *bytes, unsigned n); /* raw, onto the line */
unsigned
client_frame(uint8_t *out, unsigned size,
             const char *data); /* `$data#cs`, a native packet's CRC added; returns its length */

/* Sends a packet, polls, returns the answer's data; NULL: there was none. */
__attribute__((format(printf, 1, 2))) const char *ask(const char *format, ...);
/* A native packet, `name` and fields; returns the error; answer fields are in field(). */
__attribute__((format(printf, 2, 3))) int native(const char *name, const char *format, ...);
int native_bare(const char *name); /* without fields */
int ping(void);                    /* qTl.ping, the same way */
uintptr_t field(unsigned n);       /* of the last native answer, 0: first after the error */

int client_hello(unsigned session); /* no-ack mode and QTl.hello */
void client_drain(void);            /* polls until the ring is empty and all has been sent */

/* qTl.next of one probe. */
struct probe_state {
	uintptr_t addr, kind, mask, every, limit, stay, enabled, step, hits, recorded, filtered,
	        missed, dropped;
};
struct probe_state probe_state(unsigned id);
void check_identity(unsigned id); /* hits = recorded + filtered + missed + dropped */

#endif
