/* SPDX-License-Identifier: MIT */
/*
 * The fields of a native packet's reply, as SPEC.md has them: separated by commas, read one after
 * another.
 */
#ifndef REPLY_H
#define REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reply {
	const uint8_t *at, *end; /* what is left; at: NULL when nothing is */
};

/* The next field; false, or -1: there is none, or it is malformed. */
bool reply_number(struct reply *, uint64_t *v);
bool reply_text(struct reply *, char *to, size_t size);
int reply_bytes(struct reply *, uint8_t *to, size_t room); /* bytes from hex digits */

#endif
