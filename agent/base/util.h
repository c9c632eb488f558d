/* SPDX-License-Identifier: MIT */
/*
 * The few things that a libc would give: the agent is linked without one, so that it may probe it.
 * Context: any.
 */
#ifndef TL_UTIL_H
#define TL_UTIL_H

#include <stdbool.h>
#include <stdint.h>

void tl_copy(void *to, const void *from, unsigned n);
void tl_zero(void *at, unsigned n);
bool tl_same(const void *a, const void *b, unsigned n);
uint32_t tl_udiv(uint32_t n, uint32_t d); /* no divide instruction on every core */

#endif
