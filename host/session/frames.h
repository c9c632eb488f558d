/* SPDX-License-Identifier: MIT */
/*
 * A queue of frames, of any length up to 65535 bytes.
 */
#ifndef HOST_FRAMES_H
#define HOST_FRAMES_H

#include <stddef.h>
#include <stdint.h>

struct frames {
	uint8_t *bytes; /* each frame after its length in two bytes */
	size_t n;       /* of these, 0: there is no frame */
};

void frames_push(struct frames *, const uint8_t *data, size_t n);
/* The first one, which is there; its bytes are good until the queue changes. */
size_t frames_first(const struct frames *, const uint8_t **data);
void frames_pop(struct frames *);
void frames_free(struct frames *);

#endif
