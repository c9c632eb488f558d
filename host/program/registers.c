/* SPDX-License-Identifier: MIT */
/*
 * Names of registers: see registers.h.
 */
#include "program/registers.h"

#include <elf.h>

#include "base/util.h"

/* Floating point registers by DWARF's numbers: AADWARF32, 4.1; RISC-V psABI. Each row is a bank of
 * registers of one name, with the number of the first of them. */
static const struct {
	unsigned machine, dwarf, n;
	const char *name;
	unsigned first;
} banks[] = {
        {EM_ARM, 64, 32, "s", 0},   {EM_ARM, 256, 32, "d", 0},  {EM_RISCV, 32, 8, "ft", 0},
        {EM_RISCV, 40, 2, "fs", 0}, {EM_RISCV, 42, 8, "fa", 0}, {EM_RISCV, 50, 10, "fs", 2},
        {EM_RISCV, 60, 4, "ft", 8},
};

char *register_name(const struct elf *elf, uint64_t number)
{
	const struct tl_isa *isa = elf->isa;

	for (unsigned i = 0; i < isa->ncore; i++)
		if (isa->regs[i].dwarf == number)
			return copy_string(isa->regs[i].name);
	for (size_t i = 0; i < sizeof banks / sizeof *banks; i++)
		if (banks[i].machine == isa->e_machine && number - banks[i].dwarf < banks[i].n)
			return format_string("%s%u", banks[i].name,
			                     (unsigned)(number - banks[i].dwarf) + banks[i].first);
	if (isa->e_machine == EM_RISCV && number == 0)
		return copy_string("0");
	return format_string("register %llu", (unsigned long long)number);
}
