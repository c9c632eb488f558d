/* SPDX-License-Identifier: MIT */
/*
 * Stacks that hosts' probes record: how much there is to be read at a hit, what of it goes into the
 * record, and what is kept of it so that the next is sent as the difference.
 *
 * In the ring it lies behind all else of a record: a word that tells its shape (main words, other
 * words << 16), then the words themselves, in the order of struct tl_stack_shape.
 */
#ifndef TL_STACKS_H
#define TL_STACKS_H

#include "record.h"
#include "stream/remote.h"

#if TL_STACK

static inline unsigned tl_stacked(const struct tl_remote *r)
{
	return r->stack;
}

/* A disabled probe of registers or values is to record so many bytes: 0 or -TL_E…. Base level. */
int tl_stack_give(struct tl_remote *r, uintptr_t bytes);
/* The probe goes. Any context, but within a trap. */
void tl_stack_take(struct tl_remote *r);

/* At a hit: the words that its record needs besides; then they are written to `to`. In a trap, or
 * where the probe's are outside of them, interrupts locked out. */
unsigned tl_stack_measure(const struct tl_remote *r, const struct tl_regs *regs);
void tl_stack_write(const struct tl_remote *r, const struct tl_regs *regs, uintptr_t *to);
/* The return address register as the caller has it. */
uintptr_t tl_stack_lr(const struct tl_regs *regs);

/* In the ring: what `shape`, the first word, tells of a probe's; all but its base. */
void tl_stack_shape(const struct tl_remote *r, uintptr_t shape, struct tl_stack_shape *to);
/* The words of its former stack, NULL: nothing is kept; `*n`: how many there is room for. */
uintptr_t *tl_stack_kept(const struct tl_remote *r, unsigned *n);

#else

static inline unsigned tl_stacked(const struct tl_remote *r)
{
	(void)r;
	return 0;
}
static inline void tl_stack_take(struct tl_remote *r)
{
	(void)r;
}
static inline unsigned tl_stack_measure(const struct tl_remote *r, const struct tl_regs *regs)
{
	(void)r, (void)regs;
	return 0;
}
static inline void tl_stack_write(const struct tl_remote *r, const struct tl_regs *regs,
                                  uintptr_t *to)
{
	(void)r, (void)regs, (void)to;
}
static inline uintptr_t tl_stack_lr(const struct tl_regs *regs)
{
	(void)regs;
	return 0;
}

#endif

#endif
