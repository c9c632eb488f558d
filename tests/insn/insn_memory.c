/* SPDX-License-Identifier: MIT */
/*
 * Scratch memory, and what a run changed in it: see insn.h.
 */
#include <string.h>

#include "insn.h"

enum { WORDS = INSN_SCRATCH_MAX / 4 };

static uint32_t filling[WORDS], written[WORDS / 32];
static uint32_t *scratch;
static unsigned nwords;

/* What the proof itself put there, to start the run. */
static struct {
	uintptr_t at;
	unsigned words;
	uint32_t word[INSN_PLANTED_MAX];
} planted;

void insn_scratch_init(uintptr_t base, unsigned size, uint32_t (*word)(void))
{
	scratch = (uint32_t *)base;
	nwords = size / 4;
	for (unsigned i = 0; i < nwords; i++)
		scratch[i] = filling[i] = word();
}

void insn_scratch_plant(uintptr_t at, const uint32_t *words, unsigned n)
{
	planted.at = at;
	planted.words = n;
	memcpy(planted.word, words, 4 * n);
	memcpy((void *)at, words, 4 * n);
}

static uint32_t at_start(uintptr_t addr)
{
	uintptr_t i = (addr - planted.at) / 4;

	return i < planted.words ? planted.word[i] : filling[(addr - (uintptr_t)scratch) / 4];
}

/*
 * Memory below a stack pointer is anybody's. What came to lie above it because SP went down is the
 * instruction's if it wrote there: the bare run, in which nothing else did, tells.
 */
static bool counts(uintptr_t addr, uint32_t value, const struct insn_stack *stacks, bool bare)
{
	unsigned i = (unsigned)(addr - (uintptr_t)scratch) / 4;

	for (const struct insn_stack *s = stacks; s->below; s++) {
		uintptr_t low = s->from < s->to ? s->from : s->to,
		          high = s->from < s->to ? s->to : s->from;

		if (addr < low - s->below || addr >= high)
			continue;
		if (addr < s->to || addr >= s->from)
			return false;
		if (bare && value != at_start(addr))
			written[i / 32] |= 1u << i % 32;
		return written[i / 32] >> i % 32 & 1;
	}
	return true;
}

static void note_change(struct insn_changes *changes, uint32_t offset, uint32_t value)
{
	if (!changes->words++) {
		changes->at = offset;
		changes->to = value;
	}
	changes->digest = ((changes->digest ^ offset) * 16777619u ^ value) * 16777619u;
}

__attribute__((optimize("O2"))) struct insn_changes
insn_scratch_collect(const struct insn_stack *stacks, bool bare)
{
	struct insn_changes changes = {0, 0, 0, 0};
	uint32_t *now = scratch;

	if (bare)
		memset(written, 0, sizeof written);
	for (unsigned i = 0; i < nwords; i += 4) {
		const uint32_t *was = &filling[i];

		if (!((now[i] ^ was[0]) | (now[i + 1] ^ was[1]) | (now[i + 2] ^ was[2]) |
		      (now[i + 3] ^ was[3])))
			continue;
		for (unsigned k = i; k < i + 4; k++) {
			if (now[k] == filling[k])
				continue;
			if (counts((uintptr_t)&now[k], now[k], stacks, bare))
				note_change(&changes, 4 * k, now[k]);
			now[k] = filling[k];
		}
	}
	planted.words = 0;
	return changes;
}
