/* SPDX-License-Identifier: MIT */
/*
 * QEMU's RISC-V machine `virt`, RV32 and RV64 in supervisor mode: see chip/virt.h.
 */
#include "virt.h"

const struct tl_port tl_board_port = {
        .write = tl_virt_write,
        .ticks = tl_virt_ticks,
        .tick_hz = TL_VIRT_MTIME_HZ,
        .board = TL_BOARD,
        .build_id = __build_id,
        .read_halted = tl_virt_read,
        .memory = tl_virt_memory,
        .reset = tl_board_reset,
};
