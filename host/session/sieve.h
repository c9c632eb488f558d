/* SPDX-License-Identifier: MIT */
/*
 * Text that stands in no frame, told from noise: a line that runs at another rate, a boot ROM that
 * does, a wire that floats. Text is passed on as it came, a moment later; noise is counted and not
 * shown.
 */
#ifndef HOST_SIEVE_H
#define HOST_SIEVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SIEVE_BLOCK = 32, /* bytes after which it is decided at the latest */
	SIEVE_PAUSE = 20, /* ms of silence after which it is */
};

struct sieve {
	void (*text)(void *ctx, const char *text, size_t n);
	void *ctx;
	uint64_t shown, noise; /* bytes in all */

	/* private */
	uint8_t held[SIEVE_BLOCK + 4];
	unsigned n;
	unsigned bad;          /* of the held ones those that no text has */
	unsigned clean;        /* those behind the last bad one */
	unsigned started, due; /* of a UTF-8 sequence: bytes seen, bytes to come */
	bool noisy;            /* what came last was noise */
	bool settled;          /* nothing has come since the last decision */
};

void sieve_byte(struct sieve *, uint8_t c);
/* Nothing follows at once: what is held is decided. A short piece behind noise has to wait for more
 * of its kind, */
void sieve_pause(struct sieve *);
/* or was noise, if no more can come. */
void sieve_end(struct sieve *);
/* Is there anything that a pause would decide? */
bool sieve_waits(const struct sieve *);

#endif
