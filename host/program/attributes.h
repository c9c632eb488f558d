/* SPDX-License-Identifier: MIT */
/*
 * ELF build attributes: which variant of its architecture a file is for.
 */
#ifndef HOST_ATTRIBUTES_H
#define HOST_ATTRIBUTES_H

#include <stddef.h>
#include <stdint.h>

/* Tag_CPU_arch of the file, as in tl_isa.elf_variant; 0 if the section does not say. */
unsigned attributes_variant(const uint8_t *bytes, size_t n);

#endif
