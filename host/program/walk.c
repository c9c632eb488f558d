/* SPDX-License-Identifier: MIT */
/*
 * Walks over text, an instruction or a piece of data at a time: see walk.h.
 */
#include "program/walk.h"

#include "program/layout.h"

void walk_piece(struct walk *w, const struct elf *elf, uint64_t start, uint64_t end)
{
	const struct elf_section *section = elf_section_at(elf, start);

	*w = (struct walk){.elf = elf, .section = section, .addr = start, .end = end};
	if (!section || !section->code || start % elf->isa->insn_align)
		w->end = start;
	else if (end < start || end - section->addr > section->size)
		w->end = section->addr + section->size;
	if (w->end > start)
		w->layout = layout_of(elf->layouts, start, w->end);
}

void walk_function(struct walk *w, const struct elf *elf, const struct elf_symbol *func)
{
	walk_piece(w, elf, func->addr, func->addr + func->size);
}

bool walk_step(struct walk *w)
{
	const struct tl_isa *isa = w->elf->isa;
	enum layout_kind kind;
	uint64_t limit;

	w->addr += w->len;
	w->len = 0;
	if (w->addr >= w->end)
		return false;
	kind = layout_at(w->layout, w->addr, elf_next_mark(w->elf, w->addr, w->end), &limit);
	w->data = kind != LAYOUT_CODE || elf_is_data(w->elf, w->addr);
	w->unknown = kind == LAYOUT_UNKNOWN;
	if (w->data)
		w->len = (unsigned)(limit - w->addr);
	else
		w->len = isa->insn_len(w->section->bytes + (w->addr - w->section->addr),
		                       (unsigned)(limit - w->addr));
	if (!w->len) { /* cut short by data or by the end */
		w->len = (unsigned)(limit - w->addr);
		w->data = true;
	}
	return true;
}
