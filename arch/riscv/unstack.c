/* SPDX-License-Identifier: MIT */
/*
 * RISC-V puts nothing aside by itself: what a trap has interrupted is in CSRs, and where its
 * handler saves those is the firmware's own.
 */
#include "exception.h"
#include "riscv.h"

tl_unstack_fn riscv_unstack; /* of isas.def */

enum tl_unstacked riscv_unstack(uint64_t ret, struct tl_exception *e, tl_stack_read_fn *read,
                                void *ctx)
{
	(void)ret, (void)e, (void)read, (void)ctx;
	return TL_UNSTACKED_NOT;
}
