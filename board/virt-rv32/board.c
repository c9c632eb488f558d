/* SPDX-License-Identifier: MIT */
/*
 * QEMU's RISC-V machine `virt` with an RV32 core: see chip/virt.h.
 */
#include "virt.h"

const struct tl_port tl_board_port = {
        .write = tl_virt_write,
        .ticks = tl_virt_ticks,
        .tick_hz = TL_VIRT_MTIME_HZ,
        .board = "virt-rv32",
        .build_id = __build_id,
};
