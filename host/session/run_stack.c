/* SPDX-License-Identifier: MIT */
/*
 * Stacks of a run's records, as the unwinder takes them.
 */
#include "base/say.h"
#include "frame.h"
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

int run_may_have_stacks(const struct run *run)
{
	if (!run->options->stack)
		return DONE;
	if (!(run->attached->session.target.features & TL_FEATURE_STACK)) {
		fail(REFUSED, "the agent on the target records no stacks");
		hint("build it with TL_STACK and TL_FETCH: agent/tl_config.h");
		return REFUSED;
	}
	if (run->attached->elf)
		return DONE;
	fail(SYMBOL, "backtraces need the firmware's ELF");
	hint("give it with -e, or leave --stack out");
	return SYMBOL;
}
