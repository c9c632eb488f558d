/* SPDX-License-Identifier: MIT */
/*
 * Addresses for a program that is not loaded: where nothing else is, so that none of its names is
 * taken for that of something else. They never reach the target.
 */
#ifndef HOST_PARK_H
#define HOST_PARK_H

#include "program/elf.h"

/* A place for each segment of `file`, which is as it was linked, and is not one of the ELF's; they
 * keep their distances. `stay`: that is where they were linked for, if nothing else is there. 0, or
 * SYMBOL after saying that there is none. */
int park(const struct elf *, const struct elf_file *file, bool stay,
         struct elf_segment to[SEGMENTS_MAX]);

#endif
