/* SPDX-License-Identifier: MIT */
/*
 * Jump probes, which need no trap, where the ISA has a jump and pads. Interrupts are locked out.
 */
#ifndef TL_JUMP_H
#define TL_JUMP_H

#include "probe/table.h"

#if TL_TRACE && defined TL_PAD_SIZE
#define TL_FAST 1
/* Why the point cannot have a jump in place of its breakpoint; NULL: it can. */
const char *tl_fast_refusal(const struct tl_point *pt);
/* That jump, TL_JUMP_LEN bytes; false: it does not reach. */
bool tl_fast_jump(const struct tl_point *pt, uint8_t *code);
/* Whose pad holds `pc`, or NULL; how far in it that is. */
struct tl_point *tl_fast_point(uintptr_t pc, unsigned *at);
bool tl_fast_code(uintptr_t addr); /* is it in pads, or in what they share? */
#else
#define TL_FAST 0
#undef TL_PAD_TRAP
#define TL_PAD_TRAP 0
static inline const char *tl_fast_refusal(const struct tl_point *pt)
{
	(void)pt;
	return "";
}
static inline bool tl_fast_jump(const struct tl_point *pt, uint8_t *code)
{
	(void)pt, (void)code;
	return false;
}
static inline struct tl_point *tl_fast_point(uintptr_t pc, unsigned *at)
{
	(void)pc, (void)at;
	return 0;
}
static inline bool tl_fast_code(uintptr_t addr)
{
	(void)addr;
	return false;
}
#endif

#endif
