/* SPDX-License-Identifier: MIT */
/*
 * Registers for handlers, by GDB's number, by argument, by return value.
 */
#include "internal.h"

uintptr_t tl_regs_get(const struct tl_regs *regs, unsigned gdb_regno)
{
	for (unsigned i = 0; i < tl_arch_isa->ncore; i++)
		if (tl_arch_isa->regs[i].gdb == gdb_regno)
			return tl_core_of(regs)[i];
	return 0;
}

void tl_regs_set(struct tl_regs *regs, unsigned gdb_regno, uintptr_t value)
{
	for (unsigned i = 0; i < tl_arch_isa->ncore; i++)
		if (tl_arch_isa->regs[i].gdb == gdb_regno)
			tl_core(regs)[i] = value;
}

uintptr_t tl_regs_arg(const struct tl_regs *regs, unsigned n)
{
	return n < tl_arch_isa->nargs ? tl_core_of(regs)[tl_arch_isa->args[n]] : 0;
}

uintptr_t tl_regs_retval(const struct tl_regs *regs, unsigned n)
{
	return n < 2 ? tl_core_of(regs)[tl_arch_isa->retval[n]] : 0;
}
