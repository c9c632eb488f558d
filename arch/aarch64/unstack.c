/* SPDX-License-Identifier: MIT */
/*
 * AArch64 puts nothing aside by itself: what a trap has interrupted is in ELR and SPSR, and where
 * its handler saves those is the firmware's own.
 */
#include "a64.h"
#include "exception.h"

tl_unstack_fn a64_unstack; /* of isas.def */

enum tl_unstacked a64_unstack(uint64_t ret, struct tl_exception *e, tl_stack_read_fn *read,
                              void *ctx)
{
	(void)ret, (void)e, (void)read, (void)ctx;
	return TL_UNSTACKED_NOT;
}
