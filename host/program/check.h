/* SPDX-License-Identifier: MIT */
/*
 * The host's opinion on probing an address, from the ELF alone, before anything is sent: what kind
 * of place it is, the decoder's verdict, and the nearest place that would do. The target checks
 * again and has the last word.
 */
#ifndef HOST_CHECK_H
#define HOST_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "program/elf.h"

struct verdict {
	unsigned error; /* 0, a value of errors.def, or E_NO_START */
	struct tl_insn insn;
	char detail[256]; /* what stands there, for the error line; may be empty */
	bool has_nearest;
	uint64_t nearest; /* steppable */
};

/* `at_return`: of the function that begins there. */
void check_address(const struct elf *, uint64_t addr, bool at_return, struct verdict *);
/* `error:` and `hint:` of a refusal; `what` is how the user called the place. Returns REFUSED. */
int check_report(const struct elf *, const char *what, uint64_t addr, const struct verdict *);

/* The decoder's verdict on an instruction boundary: 0, or a value of errors.def. */
unsigned check_decode(const struct elf *, const struct elf_section *, uint64_t addr,
                      struct tl_insn *);

/* How an accepted instruction would be stepped, as far as the host can tell: a slot near it. */
const char *check_step_name(const struct tl_isa *, const struct tl_insn *, uint64_t addr);

#endif
