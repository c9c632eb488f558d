/* SPDX-License-Identifier: MIT */
/*
 * The platform-level interrupt controller, for one interrupt of hart 0, in the mode that
 * it runs in. Follows the
 * RISC-V Platform-Level Interrupt Controller Specification 1.0.0, chapters 3 to 9, at the address
 * where QEMU's machines and SiFive's chips have it.
 */
#ifndef TL_CHIP_PLIC_H
#define TL_CHIP_PLIC_H

/* Lets in interrupt `irq` (1 to 31), and no other. */
void tl_plic_enable(unsigned irq);
/* Around what serves it: which interrupt it is, 0 if none; and that it has been served. */
unsigned tl_plic_claim(void);
void tl_plic_complete(unsigned irq);

#endif
