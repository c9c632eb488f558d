/* SPDX-License-Identifier: MIT */
/*
 * Where code that was not optimised has put its parameters: it stores them in its frame first, and
 * says of all of the function that they are there.
 */
#ifndef HOST_PROLOGUE_H
#define HOST_PROLOGUE_H

#include "program/scopes.h"

/*
 * From where on a parameter of the function around `addr`, whose frame it is, is where its location
 * says; 0: there, or nobody can tell. `function` is the first of its scopes.
 */
uint64_t parameter_settles(const struct elf *, Dwarf_Die *function, Dwarf_Die *parameter,
                           uint64_t addr);
/* The same of all its parameters, and the *name of the first that is not there before. */
uint64_t parameters_settle(const struct elf *, const struct scopes *, uint64_t addr,
                           const char **name);

#endif
