/* SPDX-License-Identifier: MIT */
/*
 * How a core puts aside what an exception has interrupted, where the hardware does it by itself and
 * no unwind table tells. Pure, and for the host alone.
 */
#ifndef TL_EXCEPTION_H
#define TL_EXCEPTION_H

#include "isa.h"

/* The context whose return address is such a way back, and in the end what it has interrupted. */
struct tl_exception {
	uint64_t sp, other_sp; /* the other stack's pointer; 0: it is not known */
	uint64_t *regs;        /* of a snapshot, by their indices */
};

enum tl_unstacked {
	TL_UNSTACKED_NOT, /* `ret` is a return address like others */
	TL_UNSTACKED,
	TL_UNSTACKED_UNREAD, /* a word of the frame cannot be read */
	TL_UNSTACKED_OTHER,  /* it is on the other stack, which is not known */
};

typedef bool tl_stack_read_fn(void *ctx, uint64_t addr, uint64_t *word);
typedef enum tl_unstacked tl_unstack_fn(uint64_t ret, struct tl_exception *, tl_stack_read_fn *read,
                                        void *ctx);

#endif
