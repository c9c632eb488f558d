/* SPDX-License-Identifier: MIT */
/*
 * Probes whose handlers write down what they saw, for tests.
 */
#ifndef PROBES_H
#define PROBES_H

#include "client.h"
#include "mock_asm.h"
#include "mock_board.h"
#include "mock_cpu.h"
#include "trapline.h"

struct watched {
	struct tl_kprobe kp;
	char mark; /* pre appends it to the log, post its upper case, fault a '!' after it */
	/* and then this runs; its result is the handler's */
	int (*pre)(struct watched *, struct mock_regs *);
	void (*post)(struct watched *, struct mock_regs *);
	int (*fault)(struct watched *, struct mock_regs *);
	unsigned npre, npost, nfault;
	struct mock_regs before, after; /* as the last pre and post handler saw them */
};

extern char probes_log[4096]; /* of all handlers, in order */
void probes_mark(char c);
void probes_clear(void);

enum { PRE = 1, POST = 2, FAULT = 4 };
/* Fills in a kprobe with these handlers, and registers it. */
int watch(struct watched *w, uintptr_t addr, char mark, unsigned handlers);
/* Ready for watch(), but not registered. */
void watch_prepare(struct watched *w, uintptr_t addr, char mark, unsigned handlers);

/* On a fresh machine, 16 NOPs at MOCK_TEXT and a HALT. */
void nops_start(void);
/* Is there a breakpoint over the n-th? */
bool nop_armed(unsigned n);

/* Registers are as before but for those in `but` (bit n: register n). */
void check_regs(const struct mock_regs *got, const struct mock_regs *want, unsigned but);

#endif
