/* SPDX-License-Identifier: MIT */
/*
 * QEMU's RISC-V machine `virt`: 16550 UART as the line, the CLINT's mtime for interrupt and ticks.
 * Follows QEMU's description of the machine ("RISC-V: virt generic virtual platform") and its
 * device tree (-machine dumpdtb=…).
 */
#ifndef TL_CHIP_VIRT_H
#define TL_CHIP_VIRT_H

#include "board.h"

enum { TL_VIRT_MTIME_HZ = 10000000 };

/* For tl_board_port. */
int tl_virt_write(void *ctx, const uint8_t *buf, int n);
int tl_virt_read(void *ctx, uint8_t *buf, int n);
uint32_t tl_virt_ticks(void *ctx);
extern const struct tl_region tl_virt_memory[];
extern const char __build_id[];

#endif
