/* SPDX-License-Identifier: MIT */
/*
 * GDB's breakpoints, in the one probe table.
 */
#ifndef TL_BREAKS_H
#define TL_BREAKS_H

#include "expr/bytecode.h"
#include "probe/table.h"

struct tl_break {
	struct tl_probe probe;
	uintptr_t addr;
	uint32_t missed;
	uint32_t passed; /* hits that did not stop: a condition was false, or it only prints */
};
/* The breakpoint that a probe is, NULL: it is none. */
const struct tl_break *tl_break_of(const struct tl_probe *p);

/* Sets it, or sets it anew. Takes the draft (trace/notes.h): its conditions and commands. */
int tl_break_set(uintptr_t addr);
int tl_break_clear(uintptr_t addr);
void tl_break_clear_all(bool persistent); /* those, too, that are to outlive GDB's session */
bool tl_break_persists(const struct tl_break *b);
/* A hit of the point: its commands are run, if its conditions hold. Is it to stop? In tl_halt(). */
bool tl_break_hit(const struct tl_point *pt, const struct tl_regs *regs);
extern const struct tl_world tl_command_world;
/* Where a step ends that cannot be told otherwise: a few places. 0 or -TL_E…. */
int tl_break_until(uintptr_t addr);
bool tl_break_until_is(uintptr_t addr);
void tl_break_until_end(void); /* all removed */

#endif
