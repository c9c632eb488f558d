/* SPDX-License-Identifier: MIT */
/*
 * What a thin agent is given with a probe, for a client that is not ours: a filter over the pure
 * half of the architectures. usage: given ISA
 *
 *   <addr> <slot> <before> <hex bytes>    the text from `before` bytes before the instruction on
 *                                         -> <error>, and if that is 0 the fields of QTl.add
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "isa.h"

enum { REWRITTEN = 0x40, BOOSTED = 0x80, TEXT = 512 };

#define TL_ISA(isa, ...) extern const struct tl_isa isa;
#include "isas.def"
#undef TL_ISA

static const struct tl_isa *const isas[] = {
#define TL_ISA(isa, ...) &isa,
#include "isas.def"
#undef TL_ISA
};

static uint8_t text[TEXT];
static uintptr_t base;
static unsigned size;

static int read_text(uintptr_t addr, void *to, unsigned n)
{
	if (addr - base + n > size)
		return -TL_EFAULT;
	memcpy(to, text + (addr - base), n);
	return 0;
}

static unsigned number(const uint8_t *bytes, unsigned n)
{
	return n ? number(bytes + 1, n - 1) << 8 | bytes[0] : 0;
}

static void answer(const struct tl_isa *isa, uintptr_t addr, uintptr_t slot)
{
	unsigned before = (unsigned)(addr - base), after = size - before;
	struct tl_text window = {text + before, addr,
	                         before < isa->text_before ? before : isa->text_before,
	                         after < isa->text_after ? after : isa->text_after};
	uint8_t code[TL_SLOT_MAX], patch[4];
	struct tl_insn insn;
	int err = isa->decode(isa, &window, &insn), at = 0;

	if (!err && insn.flags & TL_INSN_CALLS)
		err = -TL_ENOSUP;
	if (!err)
		at = isa->slot_build(isa, &insn, addr, slot, !(insn.flags & TL_INSN_PREDICATED),
		                     read_text, code);
	if (at < 0 && insn.verdict == TL_SIMULATE)
		err = -TL_ENOSUP;
	if (err || at < 0) {
		printf("%d\n", err ? -err : -at);
		return;
	}
	printf("0 %lx,%x,%x,%x,", (unsigned long)slot,
	       insn.flags | (at ? 0 : BOOSTED) | (insn.verdict == TL_SIMULATE ? REWRITTEN : 0),
	       insn.len, number(text + before, insn.len));
	before = isa->breakpoint(&insn, patch);
	printf("%x,%x,", before, number(patch, before));
	for (unsigned i = 0; i < isa->slot_size; i++)
		printf("%02x", code[i]);
	putchar('\n');
}

int main(int argc, char **argv)
{
	char line[3 * TEXT], *at;
	const struct tl_isa *isa = NULL;

	for (unsigned i = 0; i < sizeof isas / sizeof *isas; i++)
		if (argc == 2 && !strcmp(argv[1], isas[i]->name))
			isa = isas[i];
	if (!isa || !fgets(line, sizeof line, stdin))
		return 2;
	uintptr_t addr = strtoul(line, &at, 16), slot = strtoul(at, &at, 16);

	base = addr - strtoul(at, &at, 16);
	for (at++; size < TEXT && sscanf(at, "%2hhx", &text[size]) == 1; at += 2)
		size++;
	answer(isa, addr, slot);
	return 0;
}
