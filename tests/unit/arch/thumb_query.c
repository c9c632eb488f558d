/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M for isa_query.h: <next,...> <read,...> <register=value,...> <slot>
 *
 * Where simulate() knows an instruction, under every combination of N, Z, C and V: the places it
 * may go on at, the addresses that it read (as zeros) and the registers that changed, `-` for none.
 * Else what its slot read. <slot> is 1 if it has a slot that holds it rewritten, which does what
 * simulate() does from every state that is tried: else that aborts.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "isa_query.h"
#include "thumb/thumb.h"
#include "thumb_slot.h"

const struct tl_isa *const query_isas[] = {&thumb_v6m, &thumb_v7m, &thumb_v7em, &thumb_v8m, NULL};

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

static void simulate(const struct tl_isa *isa, const struct tl_insn *insn, uint32_t addr)
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

/* Memory: what is at an address depends on the address alone. */
static int read_scattered(uintptr_t addr, void *to, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		((uint8_t *)to)[i] = (uint8_t)((addr + i) * 0x9e3779b1u >> 24);
	return 0;
}

/* From a state with these flags, and registers that are all 0 or scattered. */
static bool same_as_simulated(const struct tl_isa *isa, const struct tl_insn *insn, uint32_t addr,
                              const uint8_t *slot, unsigned n)
{
	struct thumb_regs simulated = {0}, run;
	struct tl_sim_fault fault;

	for (uint32_t r = 0; r < 15; r++)
		simulated.r[r] = n & 16 ? 0 : (r + 1) * 0x9e3779b9u & ~3u;
	simulated.pc = addr;
	simulated.xpsr = n << 28 | THUMB_XPSR_T;
	run = simulated;
	if (isa->simulate(insn, (struct tl_regs *)&simulated, read_scattered, &fault) ||
	    !thumb_run_slot(isa, slot, 0x20000000, &run, read_scattered))
		return false;
	return !memcmp(&simulated, &run, sizeof run);
}

/* Rewritten: by what reads nothing but literals, and only to see that they can be read. */
static bool rewritten(const struct tl_isa *isa, const struct tl_insn *insn, uint32_t addr)
{
	uint8_t out[THUMB_SLOT_SIZE];
	int error = isa->slot_build(isa, insn, addr, 0x20000000, true, read_scattered, out);

	if (error && error != -TL_EINSN)
		abort();
	for (unsigned n = 0; n < 32 && !error; n++)
		if (!same_as_simulated(isa, insn, addr, out, n))
			abort();
	return !error;
}

static void slot(const struct tl_isa *isa, const struct tl_insn *insn, uint32_t addr)
{
	uint8_t out[THUMB_SLOT_SIZE];

	nreads = 0;
	isa->slot_build(isa, insn, addr, 0x20000000, true, read_zeros, out);
	printf(" -");
	list(reads, nreads);
	printf(" -");
}

void query_details(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr,
                   bool simulates)
{
	if (simulates)
		simulate(isa, insn, (uint32_t)addr);
	else if (insn->verdict == TL_SLOT)
		slot(isa, insn, (uint32_t)addr);
	else
		printf(" - - -");
	printf(" %d", insn->verdict == TL_SIMULATE && rewritten(isa, insn, (uint32_t)addr));
}
