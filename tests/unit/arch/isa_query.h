/* SPDX-License-Identifier: MIT */
/*
 * The pure half of an architecture as a filter, for tests that compare it with objdump. usage:
 * <arch>_query <isa>
 *
 *   T <base> <hex bytes>   text: what follows is about it
 *   R <addr> <bytes>       may the return of the function there be hooked, as so many bytes of it
 *                          show? -> <error>
 *   I <addr>               -> <len> <verdict> <flags> <op> <error>, and what query_details() adds
 *
 * decode() is shown as much text around an instruction as the agent has for it.
 */
#ifndef ISA_QUERY_H
#define ISA_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "isa.h"

/* What an architecture gives, in <arch>_query.c. */

/* Its variants, NULL behind the last. */
extern const struct tl_isa *const query_isas[];
/* What its tests ask for besides, each word behind a blank. `simulates`: simulate() knows the
 * instruction. */
void query_details(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr,
                   bool simulates);

#endif
