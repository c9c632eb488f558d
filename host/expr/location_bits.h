/* SPDX-License-Identifier: MIT */
/*
 * Pieces of some bits each, as compilers describe bit-fields that they keep apart: together they
 * are bytes, and those are a value that is worked out.
 *
 * Follows DWARF 5: 2.6.1.2 (DW_OP_bit_piece), for little-endian targets.
 */
#ifndef HOST_LOCATION_BITS_H
#define HOST_LOCATION_BITS_H

#include <stdbool.h>

#include "expr/location.h"

/* A whole of 0 to 63 bits, `at`, gets `size` more: those of `part` from bit `offset` on, which is
 * used up. Bits that are nowhere are zero, and told in `lost`. False: more than `word` bytes, or
 * than a part can have. */
bool location_add_bits(struct location_piece *whole, uint64_t at, struct location_piece *part,
                       uint64_t size, uint64_t offset, unsigned word);
/* No more of them come, and `at` there are. It is a value now, or nowhere while bits are lost: they
 * may be some that nobody asks for, see part.h. */
void location_end_bits(struct location_piece *whole, uint64_t at);

#endif
