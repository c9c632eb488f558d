/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the pure half of RISC-V: whatever the text, the registers and the distance, what decode() says holds for the rest.
 *
 * An input: byte 0 the variant, 1 to 4 the instruction's address, 5 to 7 how far behind it the slot is (signed, in halfwords), 8
 * where the registers are seeded from, 9 bytes of text; then the text, then the registers over those of the seed.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "isa.h"
#include "riscv/riscv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct tl_isa *const isas[] = {&riscv_rv32, &riscv_rv64};

enum { HEAD = 10, REACH = 1 << 20 };

#define REQUIRE(condition)                                                                                                       \
	do {                                                                                                                     \
		if (!(condition)) {                                                                                              \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                                \
			abort();                                                                                                 \
		}                                                                                                                \
	} while (0)

static uint64_t hash(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static int read_memory(uintptr_t addr, void *to, unsigned bytes)
{
	(void)addr, (void)to, (void)bytes;
	REQUIRE(!"a read");
	return -TL_EFAULT;
}

static uint32_t word(const uint8_t *p, unsigned bytes)
{
	uint32_t value = 0;

	while (bytes--)
		value = value << 8 | p[bytes];
	return value;
}

/* A verdict: the same each time, consistent in itself, and not about more text than there is. */
static int decode(const struct tl_isa *isa, const struct tl_text *text, struct tl_insn *insn)
{
	struct tl_insn again;

	memset(insn, 0x55, sizeof *insn);
	memset(&again, 0xaa, sizeof again);
	int error = isa->decode(isa, text, insn);
	REQUIRE(isa->decode(isa, text, &again) == error && memcmp(&again, insn, sizeof again) == 0);
	REQUIRE(insn->len == isa->insn_len(text->bytes, text->after));
	if (error) {
		REQUIRE(error < 0 && insn->verdict == TL_REJECT && insn->op == -error && !insn->flags);
	} else {
		REQUIRE(insn->verdict == TL_SLOT || insn->verdict == TL_SIMULATE);
		REQUIRE((insn->len == 2 || insn->len == 4) && insn->len <= text->after);
		REQUIRE(insn->bits == word(text->bytes, insn->len));
		REQUIRE(!(insn->flags & ~(TL_INSN_LEAVES | TL_INSN_NO_TRAP)));
		REQUIRE(!insn->flags || insn->verdict == TL_SLOT);
	}
	struct tl_trap_use use = isa->trap_use(insn);
	REQUIRE(error || !use.reads || !(use.reads & ~RISCV_MSTATUS));
	REQUIRE(!use.returns || insn->op == TL_ETRAP);
	return error;
}

/* Where a jal x0 goes on. */
static uintptr_t target_of(const struct tl_isa *isa, const uint8_t *code, uintptr_t at)
{
	struct tl_text text = {code, at, 0, 4};
	struct riscv_regs regs = {.pc = at}, before = regs;
	struct tl_sim_fault fault;
	struct tl_insn insn;

	REQUIRE(isa->decode(isa, &text, &insn) == 0 && insn.verdict == TL_SIMULATE && (insn.bits & 0xfff) == 0x6f);
	REQUIRE(isa->simulate(&insn, (struct tl_regs *)&regs, read_memory, &fault) == 0);
	before.pc = regs.pc;
	REQUIRE(memcmp(&regs, &before, sizeof regs) == 0);
	return regs.pc;
}

/* A slot: within its size, the instruction in front, and behind it what was asked for, as far as a jump reaches. */
static void build_slot(const struct tl_isa *isa, const struct tl_text *text, const struct tl_insn *insn, uintptr_t slot)
{
	intptr_t away = (intptr_t)(text->addr - slot);
	bool reaches = away >= -REACH && away < REACH, leaves = insn->flags & TL_INSN_LEAVES;
	bool may_trap = !(insn->flags & TL_INSN_NO_TRAP);

	for (unsigned boosted = 0; boosted < 2; boosted++) {
		uint8_t *code = malloc(isa->slot_size); /* exactly as large as a slot */
		memset(code, boosted ? 0x55 : 0xaa, isa->slot_size);
		int at = isa->slot_build(isa, insn, text->addr, slot, boosted, read_memory, code);

		if (boosted && (reaches || leaves))
			REQUIRE(at == 0);
		else
			REQUIRE(at == (may_trap ? insn->len : -TL_EMASK));
		if (at >= 0)
			REQUIRE(memcmp(code, text->bytes, insn->len) == 0);
		if (at > 0 || (at == 0 && !reaches))
			REQUIRE(word(code + insn->len, 2) == RISCV_BRK);
		if (at == 0 && reaches) {
			uintptr_t back = target_of(isa, code + insn->len, slot + insn->len), to = text->addr + insn->len;
			REQUIRE(back == (isa->word == 4 ? (uint32_t)to : to));
		}
		free(code);
	}
}

/* A simulation: the same each time, one register and the PC at most; nothing above what a register holds. */
static void simulate(const struct tl_isa *isa, const struct tl_insn *insn, const struct riscv_regs *from)
{
	struct riscv_regs regs = *from, again = *from;
	struct tl_sim_fault fault;
	unsigned changed = 0;

	REQUIRE(isa->simulate(insn, (struct tl_regs *)&regs, read_memory, &fault) == 0);
	REQUIRE(isa->simulate(insn, (struct tl_regs *)&again, read_memory, &fault) == 0);
	REQUIRE(memcmp(&regs, &again, sizeof regs) == 0);
	for (unsigned r = 0; r < 31; r++)
		changed += regs.r[r] != from->r[r];
	REQUIRE(changed <= !(insn->flags & TL_INSN_LEAVES));
	REQUIRE(regs.pc % 2 == 0);
	for (unsigned r = 0; r < 32 && isa->word == 4; r++)
		REQUIRE(regs.r[r] <= UINT32_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct riscv_regs regs;
	struct tl_insn insn;

	if (size < HEAD)
		return -1;
	const struct tl_isa *isa = isas[data[0] % 2];
	intptr_t away = ((intptr_t)word(data + 5, 3) - (1 << 23)) * 2;
	unsigned n = data[9] < size - HEAD ? data[9] : (unsigned)(size - HEAD);
	uint8_t *bytes = malloc(n ? n : 1); /* exactly as large as the text */
	if (n)
		memcpy(bytes, data + HEAD, n);
	struct tl_text text = {bytes, word(data + 1, 4) & ~1u, 0, n};

	for (unsigned r = 0; r < 32; r++)
		regs.r[r] = hash(data[8] * 64u + r);
	size -= HEAD + n;
	memcpy(&regs, data + HEAD + n, size < sizeof regs ? size : sizeof regs);
	for (unsigned r = 0; r < 32 && isa->word == 4; r++)
		regs.r[r] = (uint32_t)regs.r[r];
	regs.pc = text.addr;

	if (decode(isa, &text, &insn) == 0) {
		if (insn.verdict == TL_SLOT)
			build_slot(isa, &text, &insn, text.addr + (uintptr_t)away);
		if (insn.verdict == TL_SIMULATE || insn.flags == TL_INSN_LEAVES)
			simulate(isa, &insn, &regs);
	}
	free(bytes);
	return 0;
}
