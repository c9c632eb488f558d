/* SPDX-License-Identifier: MIT */
/*
 * GDB's agent expressions: what conditions, collections and agent-style printf compile to. After
 * the GDB manual's appendix "The GDB Agent Expression Mechanism"; the instructions are listed in
 * bytecodes.def.
 *
 * An expression is checked once, when it is registered, and may then run in any context that its
 * world can bear. Values have 64 bits; addresses are as wide as the target's. Memory is
 * little-endian, as every ISA's here. tl_bytecode_run() relies on no check: whatever the bytes, it
 * reads none outside them and takes no more than TL_BYTECODE_STEPS steps.
 */
#ifndef TL_BYTECODE_H
#define TL_BYTECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "tl_config.h"

struct tl_bytecode {
	const uint8_t *code; /* the caller's, for as long as the expression is in use */
	unsigned size;       /* bytes */
};

/*
 * Where it runs. Functions return 0 or -TL_E…, which ends the expression. `reg` and `read` are
 * required; what is NULL of the others is not to be had, and an expression that needs it is
 * refused: so a condition's world has neither traces nor text. Trace state variables are the
 * agent's own (tvar.h).
 */
struct tl_world {
	/* A register by GDB's number, zero-extended; -TL_EREG. `value` NULL: only, is there one?
	 * Then `ctx` may be NULL. */
	int (*reg)(const void *ctx, unsigned gdb_regno, uint64_t *value);
	/* Copies 1, 2, 4 or 8 bytes; -TL_EFAULT. tl_arch_read() where it may fault. */
	int (*read)(uintptr_t addr, void *to, unsigned n);
	/* Collects memory as it is now, of any size; -TL_EFAULT, -TL_EFULL. Or a trace state
	 * variable. */
	int (*trace)(const void *ctx, uintptr_t addr, uintptr_t n);
	int (*trace_tvar)(const void *ctx, unsigned number);
	/* Text of a printf, in pieces. */
	int (*print)(const void *ctx, const char *text, unsigned n);
	const void *ctx;
};

struct tl_bytecode_result {
	uint64_t value;  /* 0 if the stack was empty at the end, as it is after a collection */
	uintptr_t fault; /* with -TL_EFAULT: the address */
	unsigned at;     /* the last instruction's offset: with an error, the one at fault */
};

#if TL_BYTECODE

/*
 * May it run in this world? Every instruction is known, complete and reached, jumps lead to
 * instructions, the stack is as high along each way and within its limits, formats suit their
 * arguments, registers exist, and the last instruction is `end`. 0 or -TL_E…, and in *at the offset
 * of what is wrong. Takes TL_BYTECODE_SIZE + 150 bytes of stack: in base-level time.
 */
int tl_bytecode_check(const struct tl_bytecode *code, const struct tl_world *world, unsigned *at);

/*
 * Runs it: 0 or -TL_E…; `out` is filled either way. What it did before an error (variables set,
 * memory collected, text printed) stays done. Every instruction is a step, and so is every byte
 * that a string is searched by (tracenz, %s). Stack on Cortex-M, besides what the world's functions
 * take: 8 * TL_BYTECODE_STACK + 170 bytes; + 320 if it prints.
 */
int tl_bytecode_run(const struct tl_bytecode *code, const struct tl_world *world,
                    struct tl_bytecode_result *out);

#else

static inline int tl_bytecode_check(const struct tl_bytecode *code, const struct tl_world *world,
                                    unsigned *at)
{
	(void)code, (void)world;
	*at = 0;
	return -TL_ENOSUP;
}
static inline int tl_bytecode_run(const struct tl_bytecode *code, const struct tl_world *world,
                                  struct tl_bytecode_result *out)
{
	(void)code, (void)world;
	out->value = out->fault = out->at = 0;
	return -TL_ENOSUP;
}

#endif

/* ---- what the check and the run share ---- */

enum tl_bytecode_op {
#define TL_BYTECODE_OP(name, value, operand, pops, pushes) TL_OP_##name = value,
#include "expr/bytecodes.def"
#undef TL_BYTECODE_OP
};

struct tl_bytecode_insn {
	uint64_t operand;
	unsigned next;         /* offset behind it */
	unsigned pops, pushes; /* values; what it only looks at is popped and pushed */
	uint8_t op;            /* enum tl_bytecode_op */
};

/* Fetches the instruction at an offset, where the stack holds `height` values: 0 or -TL_EOPCODE,
 * EFLOAT, ETRUNC, ESTACK. */
int tl_bytecode_fetch(const struct tl_bytecode *code, unsigned at, unsigned height,
                      struct tl_bytecode_insn *insn);

/* A run under way. */
struct tl_bytecode_machine {
	const struct tl_bytecode *code;
	const struct tl_world *world;
	struct tl_bytecode_result *out;
	unsigned height, steps; /* values on the stack, steps left */
	uint64_t stack[TL_BYTECODE_STACK];
};

int tl_bytecode_read(struct tl_bytecode_machine *m, uintptr_t addr, void *to, unsigned n);
int tl_bytecode_spend(struct tl_bytecode_machine *m); /* a step, or -TL_ESTEPS */

#endif
