/* SPDX-License-Identifier: MIT */
/*
 * Chooses a breakage, and breaks what can be broken in any architecture: see broken.h.
 */
#include "broken.h"

#include <stddef.h>

#include "arch.h"
#include "error.h"

unsigned insn_broken;

const struct breakage *breakage(void)
{
	static const struct breakage none;

	return insn_broken && insn_broken <= nbreakages ? &breakages[insn_broken - 1] : &none;
}

static bool is_seen_on(const struct breakage *b, const struct insn_row *row)
{
	if (b->mask != row->mask || b->match != row->match || (row->error && !b->always_decodes))
		return false;
	return (!b->word || b->word == tl_arch_isa->word) && (!b->needs_it || tl_arch_isa->skip);
}

const char *insn_breakage(unsigned n, const struct insn_row *row)
{
	if (!n || n > nbreakages)
		return NULL;
	return !row || is_seen_on(&breakages[n - 1], row) ? breakages[n - 1].what : "";
}

int broken_decode(int error, struct tl_insn *insn)
{
	if (!error && breakage()->always_slot)
		insn->verdict = TL_SLOT;
	if (breakage()->traps_behind)
		insn->flags &= (uint8_t)~TL_INSN_NO_TRAP;
	if (breakage()->always_decodes)
		return 0;
	return breakage()->never_decodes ? -TL_EINSN : error;
}

int broken_slot_build(slot_build_fn *real, const struct tl_isa *isa, const struct tl_insn *insn,
                      uintptr_t addr, uintptr_t slot, bool boosted, tl_read_fn *read, uint8_t *out)
{
	enum slot_breakage how = breakage()->slot;
	uintptr_t far = how == SLOT_BACK_FAR ? tl_arch_isa->insn_align : 0;
	int at = real(isa, insn, addr + far, slot, boosted || how == SLOT_BOOSTED, read, out);

	if (how == SLOT_HALF && insn->len == 4)
		out[2] = out[3] = 0;
	return at;
}
