/* SPDX-License-Identifier: MIT */
/*
 * What stacks need: see stacks.h.
 */
#include "session/stacks.h"

#include "base/say.h"
#include "frame.h"

int stacks_may(const struct attached *a)
{
	if (a->online && !(a->session.target.features & TL_FEATURE_STACK)) {
		fail(REFUSED, "the agent on the target records no stacks");
		hint("build it with TL_STACK and TL_FETCH: agent/tl_config.h");
		return REFUSED;
	}
	if (a->elf)
		return DONE;
	fail(SYMBOL, "backtraces need the firmware's ELF");
	hint("give it with -e, or leave --stack out");
	return SYMBOL;
}
