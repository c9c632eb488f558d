/* SPDX-License-Identifier: MIT */
/*
 * The fetch programs of hosts' probes (expr/fetch.h): where they are kept, and the memory that they
 * may read.
 */
#ifndef TL_FETCHED_H
#define TL_FETCHED_H

#include "stream/remote.h"

struct tl_window {
	uintptr_t base, size; /* bytes, a word at least */
};

#if TL_FETCH

/* A program's words of output; its bytes. */
static inline unsigned tl_program_words(const uint8_t *program)
{
	return program[-3];
}
static inline unsigned tl_program_size(const uint8_t *program)
{
	return program[-2] | (unsigned)program[-1] << 8;
}

/* Room for the bytes of a program that a probe is to get, NULL: there is not so much. Then what is
 * there is checked, and becomes the probe's: 0 or -TL_EINVAL. Base level. */
uint8_t *tl_program_room(unsigned n);
int tl_program_give(struct tl_remote *r, unsigned n);
/* The probe goes. Any context, but within a trap. */
void tl_program_take(struct tl_remote *r);

/* Programs run outside of a trap, interrupts locked out, where a read may fault; or again within
 * one. */
void tl_fetched_outside(bool outside);

/* Bytes from an address to the end of its window, 0: it is in none. */
uintptr_t tl_fetch_room(uintptr_t addr);

/* The windows in force: the next after `at`, NULL: there are no more. */
const struct tl_window *tl_windows_next(const struct tl_window *at);
void tl_windows_set(const struct tl_window *windows, unsigned n); /* up to TL_WINDOWS */

#else

static inline void tl_program_take(struct tl_remote *r)
{
	(void)r;
}
static inline void tl_fetched_outside(bool outside)
{
	(void)outside;
}

#endif

#endif
