/* SPDX-License-Identifier: MIT */
/*
 * The pure half of RISC-V as a filter, for tests that compare it with objdump. usage: riscv_query <isa>
 *
 *   T <base> <hex bytes>   text: what follows is about it
 *   I <addr>               -> <len> <verdict> <flags> <op> <error> [<next>[,<register>=<value>...] per state]
 *
 * Where simulate() knows it: from each state that state() makes, where it goes on, and the registers that changed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isa.h"
#include "riscv/riscv.h"

static const struct tl_isa *const isas[] = {&riscv_rv32, &riscv_rv64};
static const struct tl_isa *isa;

static int read_nothing(uintptr_t addr, void *to, unsigned bytes)
{
	(void)addr, (void)to, (void)bytes;
	abort();
}

/* Four states, which test_riscv.py makes, too: all 0; rising; falling from -1; scattered. */
static uint64_t state(unsigned n, uint64_t x)
{
	const uint64_t values[] = {0, x * 0x01010101, -x, x * 0x9e3779b97f4a7c15 ^ x << 31};

	return isa->word == 4 ? (uint32_t)values[n] : values[n];
}

static void simulate(const struct tl_insn *insn, uintptr_t addr)
{
	for (unsigned n = 0; n < 4; n++) {
		struct riscv_regs regs, before;
		struct tl_sim_fault fault;

		for (unsigned x = 1; x < 32; x++)
			regs.r[x - 1] = state(n, x);
		regs.pc = addr;
		before = regs;
		if (isa->simulate(insn, (struct tl_regs *)&regs, read_nothing, &fault))
			abort();
		printf(" %jx", (uintmax_t)regs.pc);
		for (unsigned x = 1; x < 32; x++)
			if (regs.r[x - 1] != before.r[x - 1])
				printf(",%u=%jx", x, (uintmax_t)regs.r[x - 1]);
	}
}

int main(int argc, char **argv)
{
	static char line[1 << 22];
	uint8_t *text = NULL;
	uintptr_t base = 0, size = 0;

	for (unsigned i = 0; i < sizeof isas / sizeof *isas; i++)
		if (argc == 2 && !strcmp(argv[1], isas[i]->name))
			isa = isas[i];
	if (!isa)
		return 2;
	while (fgets(line, sizeof line, stdin)) {
		char *p;
		uintptr_t addr = strtoul(line + 2, &p, 16);

		if (line[0] == 'T') {
			/* exactly as large as the text, so that the sanitizer sees whoever reads beyond it */
			base = addr;
			size = (strlen(p) - 2) / 2;
			free(text);
			text = malloc(size);
			for (uintptr_t i = 0; i < size; i++) {
				unsigned byte;
				if (sscanf(p + 1 + 2 * i, "%2x", &byte) != 1)
					abort();
				text[i] = (uint8_t)byte;
			}
			continue;
		}
		struct tl_insn insn;
		unsigned left = (unsigned)(size - (addr - base)), after = left < isa->text_after ? left : isa->text_after;
		struct tl_text window = {text + (addr - base), addr, 0, after};
		int error = -isa->decode(isa, &window, &insn);
		printf("%u %u %u %u %u", insn.len, insn.verdict, insn.flags, insn.op, (unsigned)error);
		if (insn.verdict == TL_SIMULATE || (insn.flags & TL_INSN_LEAVES && !(insn.flags & TL_INSN_NO_TRAP)))
			simulate(&insn, addr);
		putchar('\n');
	}
	free(text);
	return 0;
}
