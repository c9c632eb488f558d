/* SPDX-License-Identifier: MIT */
/*
 * What a thin agent is given with a probe: see given.h.
 */
#include "program/given.h"

#include <string.h>

#include "base/say.h"
#include "error.h"
#include "program/check.h"
#include "program/danger.h"
#include "program/handlers.h"
#include "program/lookup.h"

static unsigned decode(const struct elf *elf, uint64_t addr, struct tl_insn *insn)
{
	const struct elf_section *section = elf_section_at(elf, addr);
	const struct elf_symbol *func = elf_func_at(elf, addr);
	char why[64];
	unsigned error;

	if (!section || !section->code || section->hollow)
		return section && section->hollow ? E_NO_CODE : TL_ETEXT;
	error = danger_at(elf->danger, addr, why, sizeof why);
	if (!error && func && handlers_broken(elf->handlers, func, addr))
		error = TL_ETRAP;
	return error ? error : check_decode(elf, section, addr, insn);
}

unsigned given_build(const struct elf *elf, uint64_t addr, uint64_t slot, struct given *g)
{
	const struct tl_isa *isa = elf->isa;
	const struct elf_section *section = elf_section_at(elf, addr);
	unsigned error;
	bool boost;
	int at;

	*g = (struct given){.nslot = isa->slot_size};
	error = decode(elf, addr, &g->insn);
	if (error)
		return error;
	if (g->insn.flags & TL_INSN_CALLS || g->insn.len > sizeof g->text)
		return E_NO_SLOT;
	boost = !(g->insn.flags & TL_INSN_PREDICATED);
	at = isa->slot_build(isa, &g->insn, (uintptr_t)addr, (uintptr_t)slot, boost,
	                     elf_reader(elf), g->slot);
	if (at < 0)
		return g->insn.verdict == TL_SIMULATE ? E_NO_SLOT : (unsigned)-at;
	g->boosted = !at;
	memcpy(g->text, section->bytes + (addr - section->addr), g->insn.len);
	g->nbreakpoint = isa->breakpoint(&g->insn, g->breakpoint);
	return TL_OK;
}
