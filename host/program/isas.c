/* SPDX-License-Identifier: MIT */
/*
 * The list of instruction sets: see isas.h.
 */
#include "program/isas.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/util.h"

#define TL_ISA(isa, flow, unstack)                                                                 \
	extern const struct tl_isa isa;                                                            \
	extern tl_flow_fn flow;                                                                    \
	extern tl_unstack_fn unstack;
#include "isas.def"
#undef TL_ISA

static const struct tl_isa *const isas[] = {
#define TL_ISA(isa, flow, unstack) &isa,
#include "isas.def"
#undef TL_ISA
};

/* As libraries spell it; and behind that prefix, with AGENT_DEBUG=1. */
enum { PREFIX = sizeof "tl_arch_" - 1 };
static const char *const symbols[] = {
#define TL_ISA(isa, flow, unstack) "tl_arch_" #isa,
#include "isas.def"
#undef TL_ISA
};

static tl_flow_fn *const flows[] = {
#define TL_ISA(isa, flow, unstack) flow,
#include "isas.def"
#undef TL_ISA
};

static tl_unstack_fn *const unstacks[] = {
#define TL_ISA(isa, flow, unstack) unstack,
#include "isas.def"
#undef TL_ISA
};

enum { ISAS = sizeof isas / sizeof *isas };

const struct tl_isa *isa_by_machine(unsigned e_machine, unsigned word)
{
	for (unsigned i = 0; i < ISAS; i++)
		if (isas[i]->e_machine == e_machine && isas[i]->word == word)
			return isas[i];
	return NULL;
}

const struct tl_isa *isa_by_variant(const struct tl_isa *isa, unsigned elf_variant)
{
	const struct tl_isa *best = NULL;

	for (unsigned i = 0; i < ISAS; i++)
		if (isas[i]->e_machine == isa->e_machine && isas[i]->word == isa->word &&
		    isas[i]->elf_variant <= elf_variant &&
		    (!best || isas[i]->elf_variant > best->elf_variant))
			best = isas[i];
	return best ? best : isa;
}

const struct tl_isa *isa_by_symbols(const struct tl_isa *isa,
                                    bool (*has)(const void *ctx, const char *name), const void *ctx)
{
	for (unsigned i = 0; i < ISAS; i++)
		if (isas[i]->e_machine == isa->e_machine && isas[i]->word == isa->word &&
		    (has(ctx, symbols[i]) || has(ctx, symbols[i] + PREFIX)))
			return isas[i];
	return isa;
}

const struct tl_isa *isa_by_name(const char *name)
{
	for (unsigned i = 0; i < ISAS; i++)
		if (strcmp(isas[i]->name, name) == 0)
			return isas[i];
	return NULL;
}

tl_flow_fn *isa_flow(const struct tl_isa *isa)
{
	for (unsigned i = 0; i < ISAS; i++)
		if (isas[i] == isa)
			return flows[i];
	return NULL;
}

tl_unstack_fn *isa_unstack(const struct tl_isa *isa)
{
	for (unsigned i = 0; i < ISAS; i++)
		if (isas[i] == isa)
			return unstacks[i];
	return NULL;
}

char *isa_names(void)
{
	char *names = copy_string(isas[0]->name);

	for (unsigned i = 1; i < ISAS; i++) {
		char *longer = format_string("%s, %s", names, isas[i]->name);

		free(names);
		names = longer;
	}
	return names;
}

int isa_register(const struct tl_isa *isa, const char *name)
{
	for (unsigned i = 0; i < isa->ncore; i++)
		if (strcasecmp(isa->regs[i].name, name) == 0)
			return (int)i;
	return -1;
}

uintptr_t isa_all(const struct tl_isa *isa)
{
	return isa->ncore >= sizeof(uintptr_t) * 8 ? ~(uintptr_t)0
	                                           : ((uintptr_t)1 << isa->ncore) - 1;
}

uint64_t isa_code_address(const struct tl_isa *isa, uint64_t addr)
{
	return isa->insn_align >= 2 ? addr & ~(uint64_t)1 : addr;
}
