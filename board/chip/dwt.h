/* SPDX-License-Identifier: MIT */
/*
 * The core's cycle counter as ticks, for chips that have no free timer of 32 bits. Armv7-M and
 * Armv8-M mainline. Follows DDI 0403E C1.8.7 (DWT_CYCCNT) and C1.6.5 (DEMCR).
 */
#ifndef TL_CHIP_DWT_H
#define TL_CHIP_DWT_H

#include <stdint.h>

/* It counts from now on, by the processor's clock. Where the core has none, or QEMU runs it, it
 * stays 0. */
void tl_dwt_start(void);
/* Context: any, traps included. */
uint32_t tl_dwt_ticks(void *ctx);

#endif
