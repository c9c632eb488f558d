/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the pure half of an architecture: whatever the text, the registers and the memory, what
 * decode() says holds for the rest. fuzz_isa.c makes cases of inputs; fuzz_<arch>.c says what has
 * to hold.
 *
 * An input: byte 0 the variant, 1 bytes of text before the instruction, 2 to 5 its address, 6 where
 * the registers are seeded from, 7 bytes of text, then those that are the architecture's own; then
 * the text, then the registers over those of the seed.
 */
#ifndef FUZZ_ISA_H
#define FUZZ_ISA_H

#include <stdbool.h>
#include <stdint.h>

#include "isa.h"

#define REQUIRE(condition) fuzz_require(condition, __FILE__, __LINE__, #condition)
void fuzz_require(bool holds, const char *file, int line, const char *what);

/* Numbers that look random: the same for the same `x`. */
uint64_t fuzz_hash(uint64_t x);

/* Of 1 to 4 bytes, least significant first. */
uint32_t fuzz_word(const uint8_t *p, unsigned bytes);

struct fuzz_case {
	const struct tl_isa *isa;
	const uint8_t *own; /* bytes of the input */
	struct tl_text text;
	struct tl_insn insn; /* as decoded */
	int error;           /* ... and what decode() returned */
};

/* What an architecture gives. */
struct fuzz_arch {
	const struct tl_isa *const *isas;
	unsigned nisas;
	unsigned own;  /* bytes of an input */
	unsigned regs; /* bytes of its struct tl_regs, at most FUZZ_REGS */

	/* Makes registers out of any bytes: as they may be at the case's instruction. */
	void (*settle)(const struct fuzz_case *c, struct tl_regs *regs);
	/* What else has to be true of a verdict. */
	void (*verdict)(const struct fuzz_case *c);
	void (*slot)(const struct fuzz_case *c);
	/* The instruction is one that simulate() knows. */
	void (*simulate)(const struct fuzz_case *c, const struct tl_regs *from);
	/* It is predicated. NULL: none is. */
	void (*skip)(const struct fuzz_case *c, const struct tl_regs *from);
};
enum { FUZZ_REGS = 512 };
extern const struct fuzz_arch fuzz_arch;

#endif
