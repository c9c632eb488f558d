/* SPDX-License-Identifier: MIT */
/*
 * Trap handlers, seen whole: where a probe's own trap would overwrite state that a handler still
 * needs (tl_isa.trap_use). The decoder sees a line of text; this sees functions and who calls them.
 * It is worked out when the first question is asked.
 *
 * A function that returns from a trap is a handler. If it never writes the state that it returns
 * by, it has that in the core all the time. Then neither it nor what it calls can be probed. Any
 * other handler cannot be probed until it has read the state, and from where it writes it back; nor
 * can what it calls there. Behind its last return nothing tells where the text goes on, so that is
 * refused, too. Calls by pointer are not seen.
 */
#ifndef HOST_HANDLERS_H
#define HOST_HANDLERS_H

#include <stdbool.h>
#include <stdint.h>

struct elf;
struct elf_symbol;
struct handlers;

struct handlers *handlers_open(const struct elf *);
void handlers_close(struct handlers *); /* NULL is fine */
/* The handler that a probe there would break, NULL if none. `func` is around `addr`, as
 * elf_func_at() finds it. */
const struct elf_symbol *handlers_broken(struct handlers *, const struct elf_symbol *func,
                                         uint64_t addr);

#endif
