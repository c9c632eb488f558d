/* SPDX-License-Identifier: MIT */
/*
 * Memory over the line: reads hide the patches, writes leave probed instructions alone. Base level,
 * or in a halted context.
 */
#ifndef TL_MEMORY_H
#define TL_MEMORY_H

#include "line/packet.h"

bool tl_arg_range(struct tl_args *in, uintptr_t *addr, uintptr_t *n); /* the next two fields */
bool tl_arg_is_hex(const struct tl_args *in, uintptr_t n); /* is what is left n bytes in hex? */
/* In hex; `raw`: with the patches. 0, -TL_EFAULT or -TL_ETOOBIG. */
int tl_memory_put(uintptr_t addr, uintptr_t n, bool raw, struct tl_frame_tx *out);
/* All of it or nothing, from the bytes that are left of a packet, in hex or as they are. */
int tl_memory_write(uintptr_t addr, uintptr_t n, const struct tl_args *in, bool hex);
/* The CRC-32 of a range, which may take several tl_poll(); `before` stands before it. */
int tl_memory_crc(struct tl_args *in, struct tl_frame_tx *out, char before);

#endif
