/* SPDX-License-Identifier: MIT */
/*
 * Names of registers: see registers.h.
 */
#include "program/registers.h"

#include <elf.h>

#include "base/util.h"
#include "program/system_register.h"

char *register_name(const struct elf *elf, uint64_t number)
{
	const struct tl_isa *isa = elf->isa;
	char name[SYSTEM_REGISTER_NAME];

	for (unsigned i = 0; i < isa->ncore; i++)
		if (isa->regs[i].dwarf == number)
			return copy_string(isa->regs[i].name);
	if (number <= UINT16_MAX && system_register_name(isa, (unsigned)number, name))
		return copy_string(name);
	if (isa->e_machine == EM_RISCV && number == 0)
		return copy_string("0");
	return format_string("register %llu", (unsigned long long)number);
}
