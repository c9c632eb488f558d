/* SPDX-License-Identifier: MIT */
/*
 * Registers by the numbers that DWARF gives them.
 */
#ifndef HOST_REGISTERS_H
#define HOST_REGISTERS_H

#include <stdint.h>

#include "program/elf.h"

/* As people call it; "register 99" where it has no name. To be freed. */
char *register_name(const struct elf *, uint64_t number);

#endif
