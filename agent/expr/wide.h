/* SPDX-License-Identifier: MIT */
/*
 * 64-bit arithmetic where the compiler would call libgcc for it: the agent is linked without. Any
 * context.
 */
#ifndef TL_WIDE_H
#define TL_WIDE_H

#include <stdint.h>

/* Shifts by any count: from 64 on nothing of the value is left but, with the arithmetic one, its
 * sign. */
uint64_t tl_wide_left(uint64_t v, uint64_t count);
uint64_t tl_wide_right(uint64_t v, uint64_t count);
uint64_t tl_wide_right_signed(uint64_t v, uint64_t count);

uint64_t tl_wide_mul(uint64_t a, uint64_t b);

/* d is not 0. The remainder goes to *rest. Signed division rounds towards 0; its one overflow
 * wraps. */
uint64_t tl_wide_div(uint64_t n, uint64_t d, uint64_t *rest);
uint64_t tl_wide_div_signed(uint64_t n, uint64_t d, uint64_t *rest);

/* n / 10, in some twenty instructions. */
uint64_t tl_wide_tenth(uint64_t n);

/* The low `bits` of v, the rest zeros or copies of the highest of them; v itself from 64 on. 0 bits
 * are 0. */
uint64_t tl_wide_zero_ext(uint64_t v, unsigned bits);
uint64_t tl_wide_ext(uint64_t v, unsigned bits);

#endif
