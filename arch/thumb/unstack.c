/* SPDX-License-Identifier: MIT */
/*
 * Exception frames of Cortex-M, for the host: from a handler back to what it has interrupted.
 *
 * Follows DDI 0403E B1.5.6 to B1.5.8 (exception entry, stack alignment, EXC_RETURN) and DDI 0553
 * B3.21 for Armv8-M.
 */
#include "exception.h"
#include "frame.h"
#include "thumb.h"

tl_unstack_fn thumb_unstack; /* of isas.def */

enum { WORDS = THUMB_FRAME / 4, ALIGNED = 1 << 9 };

/* 0xffffffff is what LR is after a reset: bit 1 is 0 in all that are defined. */
static bool is_exc_return(uint64_t ret)
{
	return ret >= 0xffffff00 && ret <= 0xffffffff && !(ret & 2);
}

enum tl_unstacked thumb_unstack(uint64_t ret, struct tl_exception *e, tl_stack_read_fn *read,
                                void *ctx)
{
	static const uint8_t index[WORDS] = {0, 1, 2, 3, 12, 14, 15, 16}; /* regs.def */
	uint64_t frame = ret & THUMB_EXC_RETURN_PSP ? e->other_sp : e->sp, word[WORDS];

	if (!is_exc_return(ret))
		return TL_UNSTACKED_NOT;
	if (!frame)
		return TL_UNSTACKED_OTHER;
	for (unsigned i = 0; i < WORDS; i++)
		if (!read(ctx, frame + 4 * i, &word[i]))
			return TL_UNSTACKED_UNREAD;
	for (unsigned i = 0; i < WORDS; i++)
		e->regs[index[i]] = word[i];
	e->sp = frame + THUMB_FRAME + (ret & THUMB_EXC_RETURN_BASIC ? 0 : THUMB_FRAME_FP) +
	        (word[WORDS - 1] & ALIGNED ? 4 : 0);
	e->regs[13] = e->sp;
	return TL_UNSTACKED;
}
