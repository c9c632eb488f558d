/* SPDX-License-Identifier: MIT */
/*
 * Text or noise: see sieve.h. Noise has bytes that no text has: of random ones more than half, of
 * text hardly any. Where one ends and the other begins is behind the last such byte.
 */
#include "session/sieve.h"

#include <string.h>

enum {
	SHARE = 5,  /* text with more than one bad byte in so many is noise */
	LEAST = 4,  /* bytes of a line that is passed on at its end */
	PROOF = 10, /* good bytes in a row that end noise */
};

/* Control characters that consoles use: BEL BS TAB LF VT FF CR, ESC. */
static bool is_plain(uint8_t c)
{
	return (c >= ' ' && c < 0x7f) || (c >= '\a' && c <= '\r') || c == 0x1b;
}

static unsigned utf8_length(uint8_t first)
{
	return first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static void count_bad(struct sieve *s, unsigned n)
{
	s->bad += n;
	s->clean = 0;
}

/* A sequence that does not go on. */
static void break_off(struct sieve *s)
{
	if (s->due)
		count_bad(s, s->started);
	s->due = s->started = 0;
}

static void weigh(struct sieve *s, uint8_t c)
{
	if (s->due && (c & 0xc0) == 0x80) {
		s->started++;
		if (!--s->due)
			s->clean += s->started;
		return;
	}
	break_off(s);
	if (utf8_length(c)) {
		s->started = 1;
		s->due = utf8_length(c) - 1;
	} else if (is_plain(c)) {
		s->clean++;
	} else {
		count_bad(s, 1);
	}
}

/* Keeps the last `n` of the held bytes, which are good. */
static void keep(struct sieve *s, unsigned n)
{
	memmove(s->held, s->held + s->n - n, n);
	s->n = s->clean = n;
	s->bad = 0;
}

static void pass(struct sieve *s)
{
	if (s->n)
		s->text(s->ctx, (const char *)s->held, s->n);
	s->shown += s->n;
	s->noisy = false;
	keep(s, 0);
}

/* What is held is text, or begins with noise. */
static void decide(struct sieve *s)
{
	if (s->noisy || s->bad * SHARE > s->n) {
		s->noisy = true;
		s->noise += s->n - s->clean;
		keep(s, s->clean);
		if (s->n < PROOF)
			return;
	}
	pass(s);
}

void sieve_byte(struct sieve *s, uint8_t c)
{
	s->settled = false;
	s->held[s->n++] = c;
	weigh(s, c);
	if (s->n == sizeof s->held)
		break_off(s);
	if (!s->due && (s->n >= SIEVE_BLOCK || (c == '\n' && s->n >= LEAST)))
		decide(s);
}

void sieve_pause(struct sieve *s)
{
	s->settled = true;
	break_off(s);
	decide(s);
}

void sieve_end(struct sieve *s)
{
	sieve_pause(s);
	s->noise += s->n;
	keep(s, 0);
}

bool sieve_waits(const struct sieve *s)
{
	return s->n && !s->settled;
}
