/* SPDX-License-Identifier: MIT */
/*
 * Makes cases of inputs, and checks what holds for any architecture: see fuzz_isa.h.
 */
#include "fuzz_isa.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { VARIANT = 0, BEFORE = 1, ADDR = 2, SEED = 6, TEXT = 7, HEAD = 8 };

void fuzz_require(bool holds, const char *file, int line, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "%s:%d: not true: %s\n", file, line, what);
	abort();
}

uint64_t fuzz_hash(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

uint32_t fuzz_word(const uint8_t *p, unsigned bytes)
{
	uint32_t value = 0;

	while (bytes--)
		value = value << 8 | p[bytes];
	return value;
}

/* A verdict: the same each time, consistent in itself, and not about more text than there is. */
static void decode(struct fuzz_case *c)
{
	const struct tl_isa *isa = c->isa;
	struct tl_insn again, *insn = &c->insn;

	memset(insn, 0x55, sizeof *insn);
	memset(&again, 0xaa, sizeof again);
	c->error = isa->decode(isa, &c->text, insn);
	REQUIRE(isa->decode(isa, &c->text, &again) == c->error &&
	        memcmp(&again, insn, sizeof again) == 0);
	REQUIRE(insn->len == isa->insn_len(c->text.bytes, c->text.after));
	if (c->error) {
		REQUIRE(c->error < 0 && insn->verdict == TL_REJECT && insn->op == -c->error &&
		        !insn->flags);
	} else {
		REQUIRE(insn->verdict == TL_SLOT || insn->verdict == TL_SIMULATE);
		REQUIRE(insn->len && insn->len % isa->insn_align == 0 &&
		        insn->len <= isa->insn_max && insn->len <= c->text.after);
		REQUIRE(isa->skip || !(insn->flags & TL_INSN_PREDICATED));
		REQUIRE(!(insn->flags & TL_INSN_NO_TRAP) || !(insn->flags & TL_INSN_PREDICATED));
		REQUIRE(!(insn->flags & TL_INSN_LEAVES) || insn->verdict == TL_SLOT);
	}
	fuzz_arch.verdict(c);
}

static bool simulates(const struct tl_insn *insn)
{
	return insn->verdict == TL_SIMULATE ||
	       (insn->flags & TL_INSN_LEAVES && !(insn->flags & TL_INSN_NO_TRAP));
}

static void run(struct fuzz_case *c, const struct tl_regs *regs)
{
	int hooked = c->isa->returns(c->isa, &c->text);

	REQUIRE(hooked == 0 || hooked == -TL_ERETURN);
	decode(c);
	if (c->error)
		return;
	if (c->insn.verdict == TL_SLOT)
		fuzz_arch.slot(c);
	if (simulates(&c->insn))
		fuzz_arch.simulate(c, regs);
	if (c->insn.flags & TL_INSN_PREDICATED)
		fuzz_arch.skip(c, regs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t head = HEAD + fuzz_arch.own;
	_Alignas(8) uint8_t regs[FUZZ_REGS];
	struct tl_regs *settled = (struct tl_regs *)(void *)regs;

	if (size < head)
		return -1;
	size -= head;
	unsigned n = data[TEXT] < size ? data[TEXT] : (unsigned)size,
	         before = data[BEFORE] < n ? data[BEFORE] : 0;
	struct fuzz_case c = {.isa = fuzz_arch.isas[data[VARIANT] % fuzz_arch.nisas],
	                      .own = data + HEAD};
	uintptr_t align = c.isa->insn_align;
	uint8_t *bytes = malloc(n ? n : 1); /* exactly as large as the text */

	before -= before % align;
	if (n)
		memcpy(bytes, data + head, n);
	c.text = (struct tl_text){bytes + before, fuzz_word(data + ADDR, 4) & ~(align - 1), before,
	                          n - before};
	size -= n;
	for (unsigned i = 0; i < FUZZ_REGS / 8; i++) {
		uint64_t value = fuzz_hash(data[SEED] * 64u + i);
		memcpy(regs + 8 * i, &value, 8);
	}
	if (size)
		memcpy(regs, data + head + n, size < fuzz_arch.regs ? size : fuzz_arch.regs);
	fuzz_arch.settle(&c, settled);
	run(&c, settled);
	free(bytes);
	return 0;
}
