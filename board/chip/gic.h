/* SPDX-License-Identifier: MIT */
/*
 * Arm's generic interrupt controller, version 2, one core. Follows IHI 0048B.b. Not for interrupts
 * that are secure: startup at EL3 has given all to the other side (aarch64_start.S).
 */
#ifndef TL_CHIP_GIC_H
#define TL_CHIP_GIC_H

#include <stdint.h>

/* `distributor`, `cpu`: addresses of its registers. */
void tl_gic_init(uintptr_t distributor, uintptr_t cpu);
/* Context: any, one at a time. */
void tl_gic_enable(unsigned irq);
/* The interrupt to be served; from TL_GIC_NONE on: there is none. To be completed with the same. */
enum { TL_GIC_NONE = 1020 };
unsigned tl_gic_claim(void);
void tl_gic_complete(unsigned irq);

#endif
