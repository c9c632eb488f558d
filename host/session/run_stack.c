/* SPDX-License-Identifier: MIT */
/*
 * Stacks of a run's records, as the unwinder takes them.
 */
#include "program/isas.h"
#include "session/run_parts.h"

struct captured run_captured(const struct tl_record *r, const struct tl_isa *isa)
{
	const uintptr_t *words = r->words;
	struct captured c = {.regs = r->regs};

	if (!words) { /* the target could read none */
		c.main.addr = c.regs[isa->sp];
		return c;
	}
	if (r->stack.regs) {
		c.regs = words;
		words += isa->ncore;
	}
	c.main = (struct captured_stack){c.regs[isa->sp], words, r->stack.main};
	words += r->stack.main;
	if (r->stack.other)
		c.other = (struct captured_stack){words[0], words + 1, r->stack.other};
	return c;
}

void run_shift(const struct run *run, const struct probe *p, bool returned, struct captured *c)
{
	const struct elf *elf = run->attached->elf;
	const struct tl_isa *isa = run->attached->session.target.isa;
	const struct elf_file *image = elf ? elf_image_at(elf, p->point.addr) : NULL;

	if (!image || image->there || returned)
		return;
	c->image = image;
	c->shift = isa_code_address(isa, c->regs[isa->pc]) - p->point.addr;
}
