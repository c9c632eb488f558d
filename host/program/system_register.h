/* SPDX-License-Identifier: MIT */
/*
 * Registers that no snapshot has: of the FPU, and those of the system that a context has for its
 * own. A fetch program reads them by GDB's number, word by word.
 */
#ifndef HOST_SYSTEM_REGISTER_H
#define HOST_SYSTEM_REGISTER_H

#include <stdbool.h>
#include <stdint.h>

#include "isa.h"

struct system_register {
	uint8_t gdb;
	uint8_t word;  /* of it the first */
	uint8_t bytes; /* 0: a word of the target */
	bool is_float;
	bool is_any_float; /* a float or a double, as its value tells: RISC-V boxes the former */
};

/*
 * By the name that %NAME gives it. `number` stands for it in locations of variables, beside
 * DWARF's. `float_bytes`: of the longest float that it may hold, 0: not known.
 */
bool system_register_named(const struct tl_isa *, const char *name, unsigned float_bytes,
                           unsigned *number, struct system_register *);
/* The register that is so many bytes of another one, from byte `from` on, by DWARF's numbers.
   False: there is none. */
bool system_register_part(uint16_t e_machine, unsigned dwarf, uint64_t from, uint64_t bytes,
                          unsigned *part);
/* The name of a register that DWARF has a number for. */
enum { SYSTEM_REGISTER_NAME = 16 };
bool system_register_name(const struct tl_isa *, unsigned dwarf, char name[SYSTEM_REGISTER_NAME]);
/* Their names, for a hint. */
const char *system_register_list(const struct tl_isa *);
/* By DWARF's number, or by that which stands for it. These are no registers: */
enum {
	SYSTEM_WAS = 1 << 17,  /* the value before the access that a watch has seen */
	SYSTEM_USER = 1 << 18, /* 1: the code is unprivileged, 0: it is not */
};
bool system_register_of(const struct tl_isa *, unsigned number, struct system_register *);

#endif
