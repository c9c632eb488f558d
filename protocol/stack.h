/* SPDX-License-Identifier: MIT */
/*
 * A record's stack on the wire: words, as differences to those that this probe's record had before.
 * A stack may be larger than a frame, so it goes in pieces, each of which begins with a head
 * (record.h). Every byte is described in SPEC.md, "Stacks".
 */
#ifndef TL_STACK_H
#define TL_STACK_H

#include "pack.h"
#include "record.h"

/* Bytes of the longest token on the wire, escapes included: the last byte of a number alone may
 * need one, and that of the longest is too small. */
enum { TL_STACK_TOKEN = TL_VARINT_MAX < 5 ? 5 : TL_VARINT_MAX };
enum { TL_STACK_END = 2 }; /* bytes, both 0, that end a piece before all words are there */

/* A stack under way: words [0, at) of n are done. The first `base` are differences. */
struct tl_stack_way {
	unsigned at, n, base;
};

/* The next words, of `now`, as one token at `out` (room for TL_STACK_TOKEN bytes): a word that
 * changed since `before`, or a run of words that did not. Moves on; returns the bytes written. */
unsigned tl_stack_encode(uint8_t *out, const struct tl_record_format *f, const uintptr_t *now,
                         const uintptr_t *before, struct tl_stack_way *way);
/* Reads the tokens of a piece, behind its head: `words` are those before, and become those that are
 * now. Returns its bytes, 0 if it is malformed. */
unsigned tl_stack_decode(const uint8_t *in, unsigned n, const struct tl_record_format *f,
                         uintptr_t *words, struct tl_stack_way *way);
/* Bytes of a piece's head, 0 if it is malformed. */
unsigned tl_stack_head(const uint8_t *in, unsigned n);

#endif
