/* SPDX-License-Identifier: MIT */
/*
 * The instruction sets that this build knows, from arch/isas.def: chosen by data, named nowhere
 * else.
 */
#ifndef HOST_ISAS_H
#define HOST_ISAS_H

#include "exception.h"
#include "flow.h"
#include "isa.h"

/* By the ELF header: the machine, and the bytes of a word. Of the variants, the most capable. */
const struct tl_isa *isa_by_machine(unsigned e_machine, unsigned word);
/* Of the same machine, the newest variant that is no newer than `elf_variant`; `isa` if there is
 * none. */
const struct tl_isa *isa_by_variant(const struct tl_isa *isa, unsigned elf_variant);
/* Of the same machine, that whose description a program has, as a variable that is named in the
 * agent's library after isas.def; `isa` if it has none. */
const struct tl_isa *isa_by_symbols(const struct tl_isa *isa,
                                    bool (*has)(const void *ctx, const char *name),
                                    const void *ctx);
const struct tl_isa *isa_by_name(const char *name);
tl_flow_fn *isa_flow(const struct tl_isa *); /* of one of these */
tl_unstack_fn *isa_unstack(const struct tl_isa *);
char *isa_names(void); /* all of them, with commas; to be freed */

/* The index of a register by its name, -1 if there is none. */
int isa_register(const struct tl_isa *, const char *name);
/* All core registers, as a mask. */
uintptr_t isa_all(const struct tl_isa *);
/* Bit 0 of a code address is no part of it where instructions are aligned (Thumb marks its
 * functions so). */
uint64_t isa_code_address(const struct tl_isa *, uint64_t addr);

#endif
