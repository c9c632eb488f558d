/* SPDX-License-Identifier: MIT */
/*
 * For tests of tl_isa.onward(): short runs of code, and where the last instruction of each goes.
 * Included by one file an architecture, with its own table.
 */
#ifndef ISA_ONWARD_H
#define ISA_ONWARD_H

#include <string.h>

#include "error.h"
#include "isa_test.h"

enum { FALLS = 0, ENDS = 1, CALLS = 2, UNKNOWN = 4, MASKS = 8, UNMASKS = 16, NO_CODE = 32 };

/* Code from address RUN_AT on, of halfwords, the first 0 behind which others are literals; what is
   known of its last instruction. */
enum { RUN_AT = 0x1000, RUN_MOST = 12 };
struct onward_case {
	const char *what;
	const struct tl_isa *isa;
	uint16_t code[RUN_MOST];
	unsigned insns;
	unsigned flags;
	uintptr_t to;
};

static const uint16_t *run_code;

static int read_run(uintptr_t addr, void *to, unsigned n)
{
	if (addr - RUN_AT > 2 * RUN_MOST - n)
		return -TL_EFAULT;
	memcpy(to, (const uint8_t *)run_code + (addr - RUN_AT), n);
	return 0;
}

static void onward_check(const struct onward_case *c)
{
	struct tl_onward on = {0};
	unsigned at = 0, len = 0, flags;

	run_code = c->code;
	for (unsigned i = 0; i < c->insns; i++, at += len) {
		struct tl_text text = {(const uint8_t *)c->code + at, RUN_AT + at, 0,
		                       2 * RUN_MOST - at < 4 ? 2 * RUN_MOST - at : 4};

		len = c->isa->onward(c->isa, &text, read_run, &on);
	}
	flags = !len ? NO_CODE
	             : (on.ends ? ENDS : 0u) | (on.calls ? CALLS : 0u) |
	                        (on.unknown ? UNKNOWN : 0u) | (on.masks > 0 ? MASKS : 0u) |
	                        (on.masks < 0 ? UNMASKS : 0u);
	check(flags == c->flags, c->what, flags);
	check(!len || on.to == c->to, c->what, (unsigned long)on.to);
}

#endif
