/* SPDX-License-Identifier: MIT */
/*
 * Values at a function's entry, from its caller's frame: the call site there says what it passed,
 * in terms of what a call leaves as it was. Follows DWARF 5, 2.5.1.7 (DW_OP_entry_value) and 3.4.2
 * (call site parameters).
 */
#ifndef HOST_UNWIND_ENTRY_H
#define HOST_UNWIND_ENTRY_H

#include "unwind/context.h"

struct entries;

/* The sites stay. */
struct entries *entries_open(const struct elf *, struct sites *);
void entries_close(struct entries *); /* NULL is fine */
/* A register, by DWARF's number, when the function of the context's place was entered. False: it is
   not known for sure, and *why says why. */
bool entry_value(struct entries *, const struct context *, unsigned reg, uint64_t *v,
                 const char **why);

#endif
