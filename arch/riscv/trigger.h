/* SPDX-License-Identifier: MIT */
/*
 * The core's triggers, one pool for watchpoints (watch.c) and comparators of points. Who comes
 * first has one.
 */
#ifndef RISCV_TRIGGER_H
#define RISCV_TRIGGER_H

#include <stdbool.h>
#include <stdint.h>

enum { RISCV_TRIGGERS = 8 }; /* that are looked at */

/* What one compares, or'ed: mcontrol's bits. */
enum riscv_access { RISCV_LOAD = 1, RISCV_STORE = 2, RISCV_EXECUTE = 4 };

struct riscv_trigger {
	uintptr_t addr;
	uint8_t accesses; /* enum riscv_access; 0: it is free */
	uint8_t bytes;    /* that are watched */
	bool of_gdb;      /* of a watchpoint: no probe's */
	bool held, rests; /* it does not trap, with the others or alone */
};
extern struct riscv_trigger riscv_triggers[RISCV_TRIGGERS];

/* Takes a free one that can compare such accesses, and turns it on. NULL: there is none; *err is
 * -TL_EFULL, -TL_EBUSY: a debugger that halts the core has those that are there, or -TL_ENOSUP. */
struct riscv_trigger *riscv_take_trigger(uintptr_t addr, unsigned accesses, int *err);
/* Once, from tl_arch_init(). */
void riscv_init_triggers(void);
/* As it says now. */
void riscv_set_trigger(const struct riscv_trigger *t);

#endif
