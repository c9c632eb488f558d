/* SPDX-License-Identifier: MIT */
/*
 * The stream of snapshots, from frames to records. Follows protocol/SPEC.md, "The stream".
 */
#ifndef HOST_STREAM_H
#define HOST_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "isa.h"
#include "stack.h"

struct stream {
	/* once its stack, if it has one, is whole */
	void (*record)(void *ctx, const struct tl_record *);
	void *ctx;
	uint64_t frames, missed; /* whole frames: taken, and known to have been lost */

	/* private */
	struct tl_record_format format;
	struct tl_delta deltas[TL_PROBE_MAX + 1];
	struct stacked {
		uintptr_t *words;
		unsigned n, room; /* that are known; that there is memory for */
	} stacks[TL_PROBE_MAX + 1];
	struct tl_record under_way; /* its stack is to come: */
	struct tl_stack_way way;    /* n is not 0 */
	uint32_t time;
	uint8_t next; /* frame number that should come */
	bool joined;  /* a key frame was seen, and nothing is missing since */
};

/* Begins anew: what comes before the next key frame is discarded. */
void stream_start(struct stream *, const struct tl_isa *);
void stream_end(struct stream *);
/* Takes a frame's data. False: it cannot be understood without a key frame, which should be asked
 * for. */
bool stream_frame(struct stream *, const uint8_t *data, unsigned n);

#endif
