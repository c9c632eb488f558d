/* SPDX-License-Identifier: MIT */
/*
 * What is received, for who answers it (line.c): one packet at a time, and what came beside it.
 */
#ifndef TL_RECEIVE_H
#define TL_RECEIVE_H

#include "frame.h"
#include "trapline.h"

struct tl_outgoing {
	struct tl_frame_tx tx;
	uint16_t sent;
};

struct tl_line {
	struct tl_frame_rx rx;
	struct tl_outgoing answer;
	uint8_t losing; /* bytes to the end of a packet that is being lost, TL_FRAME_TRAILER: and
	                   its data */
	volatile bool packet_ready; /* rx holds a packet; one that comes meanwhile is lost, the host
	                               repeats itself */
	volatile bool cancelled;    /* ^C has come since */
	volatile bool nak_due;
	volatile bool again_due; /* the host has asked for the answer once more; */
	volatile bool acked;     /* or has got it */
	volatile bool acks;      /* it does acknowledge, since it attached: LLDB does not */
	uint32_t unacked;        /* CRC of the packet that was answered last */
	uint16_t pause;          /* of its frame so far, when a long silence came; 0: none has */
	volatile uint8_t held;   /* what rx holds, outside a frame: receive.c */
};

/*
 * Two, of which one is in use: tl_poll() has the first, a halted context the other, since it may
 * have been halted in an interrupt that came amid tl_poll(). NULL: no byte has come yet.
 */
extern struct tl_line tl_lines[1 + TL_GDB], *tl_line;

/* The first, unless one is in use; the other one, which has heard nothing. Interrupts are locked
 * out, or none come yet. */
void tl_line_first(void);
void tl_line_other(void);
/* As many bytes as there are up to a packet. `read` as in struct tl_port, or NULL. */
void tl_receive_from(int (*read)(void *ctx, uint8_t *buf, int n));
/* Gives up a frame that stops in the middle. From tl_poll(), or in a halted context. */
void tl_receive_settle(void);

#endif
