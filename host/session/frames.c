/* SPDX-License-Identifier: MIT */
/*
 * A queue of frames: see frames.h.
 */
#include "session/frames.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

enum { HEAD = 2 };

void frames_push(struct frames *f, const uint8_t *data, size_t n)
{
	uint8_t *to;

	f->bytes = grow(f->bytes, f->n + HEAD + n, 1);
	to = f->bytes + f->n;
	to[0] = (uint8_t)(n >> 8);
	to[1] = (uint8_t)n;
	memcpy(to + HEAD, data, n);
	f->n += HEAD + n;
}

size_t frames_first(const struct frames *f, const uint8_t **data)
{
	*data = f->bytes + HEAD;
	return (size_t)(f->bytes[0] << 8 | f->bytes[1]);
}

void frames_pop(struct frames *f)
{
	const uint8_t *data;
	size_t n = HEAD + frames_first(f, &data);

	f->n -= n;
	memmove(f->bytes, f->bytes + n, f->n);
}

void frames_free(struct frames *f)
{
	free(f->bytes);
	*f = (struct frames){0};
}
