/* SPDX-License-Identifier: MIT */
/*
 * Where functions begin, by the tables for unwinding (.eh_frame, .ARM.exidx): a stripped file has
 * them still.
 */
#ifndef HOST_STARTS_H
#define HOST_STARTS_H

#include <libelf.h>
#include <stddef.h>
#include <stdint.h>

struct elf;

void starts_read(struct elf *, Elf *);
/* The index after the last start at or below `addr`. */
size_t starts_up_to(const struct elf *, uint64_t addr);

#endif
