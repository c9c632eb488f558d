/* SPDX-License-Identifier: MIT */
/*
 * A step over an exclusive sequence (load-exclusive to store-exclusive): no trap can be in it, or
 * the store would fail for ever. So it runs as a whole, and the step ends at whichever way out it
 * takes: behind the store, or where a branch leads.
 */
#include "gdb/breaks.h"
#include "gdb/halt.h"
#include "probe/regs.h"
#include "probe/text.h"

#if TL_GDB

enum { PLACES = 8, LONGEST = 32 /* instructions */ };

struct places {
	uintptr_t at[PLACES];
	unsigned n;
	bool all; /* none had to be left out */
};

struct walk {
	struct places starts, exits;
	const struct tl_regs *regs;
};

static void note(struct places *p, uintptr_t at)
{
	for (unsigned i = 0; i < p->n; i++)
		if (p->at[i] == at)
			return;
	if (p->n < PLACES)
		p->at[p->n++] = at;
	else
		p->all = false;
}

static bool is_inside(uintptr_t at)
{
	struct tl_insn insn;

	return tl_step_decode(at, true, &insn) == -TL_EEXCL;
}

static void leads_to(struct walk *w, uintptr_t at)
{
	note(is_inside(at) ? &w->starts : &w->exits, at);
}

/* The instruction by itself, not for where it is. */
static void decode_alone(uintptr_t at, struct tl_insn *insn)
{
	uint8_t bytes[4];
	unsigned n = sizeof bytes;
	struct tl_text text;

	while (n && tl_read_memory(at, bytes, n))
		n -= tl_arch_isa->insn_align;
	text.bytes = bytes;
	text.addr = at;
	text.before = 0;
	text.after = tl_arch_isa->insn_len(bytes, n);
	tl_arch_isa->decode(tl_arch_isa, &text, insn);
}

static void walk_from(struct walk *w, uintptr_t at)
{
	struct tl_insn insn;

	for (unsigned i = 0; i < LONGEST && is_inside(at); i++, at += insn.len) {
		int32_t offset;

		decode_alone(at, &insn);
		offset = tl_arch_isa->goes ? tl_arch_isa->goes(&insn) : 0;
		if (offset)
			leads_to(w, at + (uintptr_t)(intptr_t)offset);
		else if (insn.flags & TL_INSN_LEAVES)
			leads_to(w, tl_core_of(w->regs)[TL_REG_LR] &
			                    ~(uintptr_t)(tl_arch_isa->insn_align - 1));
		else if (insn.verdict == TL_SIMULATE)
			w->exits.all = false; /* by a register, or far away */
	}
	leads_to(w, at);
}

bool tl_step_exclusive(const struct tl_regs *regs)
{
	struct walk w;
	bool stops;

	w.starts.n = w.exits.n = 0;
	w.starts.all = w.exits.all = true;
	w.regs = regs;
	note(&w.starts, tl_core_of(regs)[TL_REG_PC]);
	for (unsigned i = 0; i < w.starts.n; i++)
		walk_from(&w, w.starts.at[i]);
	stops = w.starts.all && w.exits.all;
	for (unsigned i = 0; i < w.exits.n; i++)
		stops &= !tl_break_until(w.exits.at[i]);
	return stops;
}

#endif
