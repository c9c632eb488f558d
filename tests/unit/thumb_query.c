/* SPDX-License-Identifier: MIT */
/*
 * The pure half of Cortex-M as a filter, for tests that compare it with objdump. usage: thumb_query <isa>
 *
 *   T <base> <hex bytes>   text: what follows is about it
 *   R <addr> <bytes>       may the return of the function there be hooked, as so many bytes of it show? -> <error>
 *   I <addr>               -> <len> <verdict> <flags> <op> <error> <next,...> <read,...> <register=value,...>
 *
 * Where it is simulated, under every combination of N, Z, C and V: the places it may go on at, the addresses that it read (as
 * zeros) and the registers that changed, all sorted, `-` for none. Else what its slot read.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isa.h"
#include "thumb/thumb.h"

static const struct tl_isa *const isas[] = {&thumb_v6m, &thumb_v7m, &thumb_v7em, &thumb_v8m};
static const struct tl_isa *isa;
static uint32_t reads[64], nreads;

static void add(uint32_t *set, uint32_t *n, uint32_t value)
{
	for (uint32_t i = 0; i < *n; i++)
		if (set[i] == value)
			return;
	set[(*n)++] = value;
}

static int read_zeros(uintptr_t addr, void *to, unsigned bytes)
{
	memset(to, 0, bytes);
	add(reads, &nreads, (uint32_t)addr);
	return 0;
}

static void list(const uint32_t *set, uint32_t n)
{
	putchar(' ');
	for (uint32_t i = 0; i < n; i++)
		printf("%s%x", i ? "," : "", set[i]);
	if (!n)
		putchar('-');
}

static void simulate(const struct tl_insn *insn, uint32_t addr)
{
	uint32_t nexts[32], nnexts = 0, changed = 0;
	struct thumb_regs regs;

	nreads = 0;
	for (uint32_t nzcv = 0; nzcv < 16; nzcv++) {
		memset(&regs, 0, sizeof regs);
		regs.pc = addr;
		regs.xpsr = nzcv << 28 | THUMB_XPSR_T;
		struct tl_sim_fault fault = {0};
		struct thumb_regs before = regs;
		if (isa->simulate(insn, (struct tl_regs *)&regs, read_zeros, &fault))
			abort();
		for (unsigned r = 0; r < 15; r++)
			if (regs.r[r] != before.r[r])
				changed |= 1u << r;
		add(nexts, &nnexts, regs.pc);
	}
	list(nexts, nnexts);
	list(reads, nreads);
	putchar(' ');
	for (unsigned r = 0, n = 0; r < 15; r++)
		if (changed >> r & 1)
			printf("%s%s=%x", n++ ? "," : "", isa->regs[r].name, regs.r[r]);
	if (!changed)
		putchar('-');
}

static void slot(const struct tl_insn *insn, uint32_t addr)
{
	uint8_t out[THUMB_SLOT_SIZE];

	nreads = 0;
	isa->slot_build(isa, insn, addr, 0x20000000, true, read_zeros, out);
	printf(" -");
	list(reads, nreads);
	printf(" -");
}

int main(int argc, char **argv)
{
	static char line[1 << 22];
	uint8_t *text = NULL;
	uint32_t base = 0, size = 0;

	for (unsigned i = 0; i < sizeof isas / sizeof *isas; i++)
		if (argc == 2 && !strcmp(argv[1], isas[i]->name))
			isa = isas[i];
	if (!isa)
		return 2;
	while (fgets(line, sizeof line, stdin)) {
		char *p;
		uint32_t addr = (uint32_t)strtoul(line + 2, &p, 16);

		if (line[0] == 'T') {
			/* exactly as large as the text, so that the sanitizer sees whoever reads beyond it */
			base = addr;
			size = (uint32_t)(strlen(p) - 2) / 2;
			free(text);
			text = malloc(size);
			for (uint32_t i = 0; i < size; i++) {
				unsigned byte;
				if (sscanf(p + 1 + 2 * i, "%2x", &byte) != 1)
					abort();
				text[i] = (uint8_t)byte;
			}
			continue;
		}
		if (line[0] == 'R') {
			uint32_t bytes = (uint32_t)strtoul(p, NULL, 16);
			struct tl_text function = {text + (addr - base), addr, 0, bytes};

			if (addr - base + bytes > size)
				abort();
			printf("%d\n", -isa->returns(isa, &function));
			continue;
		}
		struct tl_insn insn;
		struct tl_text window = {text + (addr - base), addr, addr - base, size - (addr - base)};
		int error = -isa->decode(isa, &window, &insn);
		printf("%u %u %u %u %u", insn.len, insn.verdict, insn.flags, insn.op, (unsigned)error);
		if (insn.verdict == TL_SIMULATE || insn.flags & TL_INSN_LEAVES)
			simulate(&insn, addr);
		else if (insn.verdict == TL_SLOT)
			slot(&insn, addr);
		else
			printf(" - - -");
		putchar('\n');
	}
	free(text);
	return 0;
}
