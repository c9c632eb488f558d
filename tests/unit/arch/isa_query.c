/* SPDX-License-Identifier: MIT */
/*
 * Answers line by line: see isa_query.h.
 */
#include "isa_query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct tl_isa *isa;
static uint8_t *text;
static uintptr_t base, size;

/* To a buffer that is exactly as large, so that the sanitizer sees whoever reads beyond it. */
static void take_text(uintptr_t addr, const char *hex)
{
	base = addr;
	size = strspn(hex, "0123456789abcdef") / 2;
	free(text);
	text = malloc(size);
	for (uintptr_t i = 0; i < size; i++) {
		unsigned byte;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			abort();
		text[i] = (uint8_t)byte;
	}
}

static unsigned at_most(uintptr_t value, unsigned limit)
{
	return value < limit ? (unsigned)value : limit;
}

static void answer_returns(uintptr_t addr, uintptr_t bytes)
{
	struct tl_text function = {text + (addr - base), addr, 0, (unsigned)bytes};

	if (addr - base + bytes > size)
		abort();
	printf("%d\n", -isa->returns(isa, &function));
}

static void answer_insn(uintptr_t addr)
{
	uintptr_t at = addr - base;
	struct tl_text window = {text + at, addr, at_most(at, isa->text_before),
	                         at_most(size - at, isa->text_after)};
	struct tl_insn insn;
	int error = -isa->decode(isa, &window, &insn);
	bool leaves = insn.flags & TL_INSN_LEAVES && !(insn.flags & TL_INSN_NO_TRAP);

	printf("%u %u %u %u %d", insn.len, insn.verdict, insn.flags, insn.op, error);
	query_details(isa, &insn, addr, insn.verdict == TL_SIMULATE || leaves);
	putchar('\n');
}

int main(int argc, char **argv)
{
	static char line[1 << 22];

	for (const struct tl_isa *const *i = query_isas; *i; i++)
		if (argc == 2 && !strcmp(argv[1], (*i)->name))
			isa = *i;
	if (!isa)
		return 2;
	while (fgets(line, sizeof line, stdin)) {
		char *rest;
		uintptr_t addr = strtoul(line + 2, &rest, 16);

		if (line[0] == 'T')
			take_text(addr, rest + 1);
		else if (line[0] == 'R')
			answer_returns(addr, strtoul(rest, NULL, 16));
		else
			answer_insn(addr);
	}
	free(text);
	return 0;
}
