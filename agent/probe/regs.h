/* SPDX-License-Identifier: MIT */
/*
 * The registers of a context: struct tl_regs begins with the core registers of a snapshot.
 */
#ifndef TL_PROBE_REGS_H
#define TL_PROBE_REGS_H

/*
 * Of the ISA, as constants, so that a hit need not look them up. The build gives them (arch.mk),
 * the target half asserts them: TL_RECORD_REGS registers of a snapshot, and TL_REG_PC, TL_REG_SP
 * and TL_REG_LR (the return address), indices among them.
 */
#if !defined TL_RECORD_REGS || !defined TL_REG_PC || !defined TL_REG_SP || !defined TL_REG_LR
#error "arch.mk must define TL_RECORD_REGS, TL_REG_PC, TL_REG_SP and TL_REG_LR"
#endif

/* Registers that are at the `frame` of a first look (arch.h), as in a snapshot; bit n: core
 * register n. 0 where records say whether code was unprivileged, since a first look does not. */
#ifndef TL_REG_LOOK
#define TL_REG_LOOK 0
#endif

#include "trapline.h"

/* The core registers of `regs`: TL_RECORD_REGS words in GDB's order. */
static inline uintptr_t *tl_core(struct tl_regs *regs)
{
	return (uintptr_t *)(void *)regs;
}
static inline const uintptr_t *tl_core_of(const struct tl_regs *regs)
{
	return (const uintptr_t *)(const void *)regs;
}

static inline uintptr_t tl_pc(const struct tl_regs *regs)
{
	return tl_core_of(regs)[TL_REG_PC];
}
static inline void tl_set_pc(struct tl_regs *regs, uintptr_t pc)
{
	tl_core(regs)[TL_REG_PC] = pc;
}

/* By GDB's number, the return address as debuggers see it (returns.h). 0 or -TL_EREG; `value` may
 * be NULL. As `reg` of a struct tl_world, whose `ctx` is a struct tl_regs. */
int tl_world_reg(const void *regs, unsigned gdb_regno, uint64_t *value);

/* A register besides those of a snapshot, by GDB's number; NULL: there is none. `keep`, if not
 * NULL: it belongs to the context, and not to the core. */
struct tl_system_reg;
const struct tl_system_reg *tl_system_reg(uintptr_t number, bool *keep);

#endif
