/* SPDX-License-Identifier: MIT */
/*
 * Where functions begin, by the tables for unwinding (.eh_frame, .ARM.exidx), which a stripped file
 * still has. These are the beginnings of the pieces that text is made of.
 */
#ifndef HOST_STARTS_H
#define HOST_STARTS_H

#include <libelf.h>
#include <stdbool.h>
#include <stdint.h>

struct elf;

void starts_read(struct elf *, Elf *);
/*
 * The piece of text around an address that begins with an instruction: a function by its symbol;
 * else from the last place that an unwind table or a mapping symbol tells. False: nothing tells
 * where instructions begin there.
 */
bool elf_piece_at(const struct elf *, uint64_t addr, uint64_t *start, uint64_t *end);

#endif
