/* SPDX-License-Identifier: MIT */
/*
 * Fields of replies: see reply.h.
 */
#include "session/reply.h"

#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "pack.h"

/* One field, up to the comma, which is passed. */
static const uint8_t *field(struct reply *r, size_t *n)
{
	const uint8_t *start = r->at, *comma;

	if (!start)
		return NULL;
	comma = memchr(start, ',', (size_t)(r->end - start));
	*n = (size_t)((comma ? comma : r->end) - start);
	r->at = comma ? comma + 1 : NULL;
	return start;
}

bool reply_number(struct reply *r, uint64_t *v)
{
	size_t n;
	const uint8_t *at = field(r, &n), *start = at;
	uintptr_t value;

	if (!at || !tl_get_hex(&at, start + n, &value) || at != start + n)
		return false;
	*v = value;
	return true;
}

bool reply_text(struct reply *r, char *to, size_t size)
{
	size_t n;
	const uint8_t *at = field(r, &n);

	if (!at)
		return false;
	snprintf(to, size, "%.*s", (int)n, (const char *)at);
	for (; *to; to++)
		if (*to < ' ' || *to > '~')
			*to = '?'; /* nothing that a terminal would obey */
	return true;
}

int reply_bytes(struct reply *r, uint8_t *to, size_t room)
{
	size_t n;
	const uint8_t *at = field(r, &n);

	return at ? parse_hex((const char *)at, n, to, room) : -1;
}
