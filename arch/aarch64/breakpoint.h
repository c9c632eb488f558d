/* SPDX-License-Identifier: MIT */
/*
 * The core's comparators: of instructions (breakpoint.c) and of data (watch.c), a pool each.
 */
#ifndef A64_BREAKPOINT_H
#define A64_BREAKPOINT_H

#include <stdint.h>

enum { A64_COMPARATORS = 8 }; /* of a kind, that are looked at */

/* What all control registers have: it traps code at EL1 and at EL0, and is on. */
enum { A64_CONTROL_ON = 3 << 1 | 1 };

/* Once, from tl_arch_init(): all off, and debug exceptions on. */
void a64_init_comparators(void);
/* How many there are. */
unsigned a64_breakpoints(void);
unsigned a64_watchpoints(void);

/* stubs.S: the registers of the n-th. */
void a64_set_breakpoint(unsigned n, uintptr_t value, uintptr_t control);
void a64_set_watchpoint(unsigned n, uintptr_t value, uintptr_t control);

#endif
