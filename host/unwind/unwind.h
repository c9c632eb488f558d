/* SPDX-License-Identifier: MIT */
/*
 * Backtraces of hits, from the registers and the top of the stack as they were captured. No frame
 * is shown that is not sure: where something is missing the backtrace ends, and says why.
 *
 * Follows DWARF 5, 6.4 (call frame information).
 */
#ifndef HOST_UNWIND_H
#define HOST_UNWIND_H

#include "program/elf.h"

/* What a hit has brought: a snapshot's registers, its stack, and in a handler that of what it has
 * interrupted. */
struct captured {
	const uintptr_t *regs;
	struct captured_stack {
		uint64_t addr;
		const uintptr_t *words;
		unsigned n; /* 0: there is none */
	} main, other;
	/* of a hit in a program that was not there when its ELF was opened: where it is less where
	   the ELF has it; `image` is NULL if it was */
	const struct elf_file *image;
	uint64_t shift;
};

enum frame_kind {
	FRAME_CALL,
	FRAME_INTERRUPTED, /* the frames before it are of an exception's handler */
	FRAME_INLINED,     /* it has no frame of its own: it is within the next one */
	FRAME_TAIL, /* it has none any more: it ended in a jump to the frame before, or on the
	                      way to it */
};

struct frame {
	enum frame_kind kind;
	uint64_t pc; /* where it goes on */
	const char *
	        name; /* func+0x12; of one that is inlined or left, func. Until the next unwind() */
	const char *line; /* file.c:12, "" if it is not known */
};

struct backtrace {
	struct frame *at; /* the innermost first */
	size_t n;
	char end[160]; /* why it ends there */
};

struct unwinder;

struct unwinder *unwinder_open(const struct elf *);
void unwinder_close(struct unwinder *); /* NULL is fine */
/* Bytes of the stacks that were captured. */
bool captured_read(const struct captured *, unsigned word, uint64_t addr, void *to, size_t n);
/* What a register, by DWARF's number, held when the function of the hit was entered, as its
   caller's call site tells. False: *why says why it does not. */
bool unwind_entry(struct unwinder *, const struct captured *, unsigned reg, uint64_t *v,
                  const char **why);
/* Up to `most` frames; until the next call. */
const struct backtrace *unwind(struct unwinder *, const struct captured *, size_t most);

#endif
