/* SPDX-License-Identifier: MIT */
/*
 * Registers for handlers, by GDB's number, by argument, by return value.
 */
#include "probe/regs.h"

#include "debug.h"
#include "probe/returns.h"

/* The index of a core register, or ncore. */
static unsigned find(unsigned gdb_regno)
{
	unsigned i = gdb_regno - tl_arch_isa->regs[0].gdb; /* nearly all are in order */

	if (i < tl_arch_isa->ncore && tl_arch_isa->regs[i].gdb == gdb_regno)
		return i;
	i = 0;
	while (i < tl_arch_isa->ncore && tl_arch_isa->regs[i].gdb != gdb_regno)
		i++;
	return i;
}

uintptr_t tl_regs_get(const struct tl_regs *regs, unsigned gdb_regno)
{
	unsigned i = find(gdb_regno);

	return i < tl_arch_isa->ncore ? tl_core_of(regs)[i] : 0;
}

void tl_regs_set(struct tl_regs *regs, unsigned gdb_regno, uintptr_t value)
{
	unsigned i = find(gdb_regno);

	if (i < tl_arch_isa->ncore)
		tl_core(regs)[i] = value;
}

int tl_world_reg(const void *regs, unsigned gdb_regno, uint64_t *value)
{
	unsigned i = find(gdb_regno);

	if (i == tl_arch_isa->ncore)
		return -TL_EREG;
	if (value)
		*value = i == TL_REG_LR ? tl_return_shown(regs) : tl_core_of(regs)[i];
	return 0;
}

uintptr_t tl_regs_arg(const struct tl_regs *regs, unsigned n)
{
	return n < tl_arch_isa->nargs ? tl_core_of(regs)[tl_arch_isa->args[n]] : 0;
}

uintptr_t tl_regs_retval(const struct tl_regs *regs, unsigned n)
{
	return n < 2 ? tl_core_of(regs)[tl_arch_isa->retval[n]] : 0;
}

#if TL_GDB || TL_FETCH
const struct tl_system_reg *tl_system_reg(uintptr_t number, bool *keep)
{
	for (const struct tl_reg_feature *f = tl_arch_features; f->name; f++)
		for (unsigned i = 0; i < f->count; i++)
			if (f->regs[i].gdb == number) {
				if (keep)
					*keep = f->keep;
				return &f->regs[i];
			}
	return 0;
}
#endif
