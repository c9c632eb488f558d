/* SPDX-License-Identifier: MIT */
/*
 * AArch64, both halves: the registers at a hit, the breakpoints, and what decode.c tells the
 * others.
 *
 * Follows the Arm Architecture Reference Manual for A-profile, DDI 0487.
 */
#ifndef A64_H
#define A64_H

#include "isa.h"

/* Registers at a hit. `sp` is that of the code, be it SP_EL0 or SP_EL1; `cpsr` is PSTATE as SPSR
 * has it. */
struct a64_regs {
	union {
		uintptr_t r[34]; /* x0 .. x30, SP, PC, PSTATE */
		struct {
#define A64_REG(name, gdb, dwarf, kind) uintptr_t name;
#include "regs.def"
#undef A64_REG
		};
	};
	/* The trap code's own. */
	uintptr_t
	        stack; /* not 0: the code had another stack pointer than its trap, whose is this */
	uintptr_t
	        leave; /* not 0: where the trap resumes, with x19 at `saved`; then, where C handlers
	                    run, FP registers are at `saved` */
	uintptr_t saved;
	uintptr_t syndrome; /* ESR */
};

static inline struct a64_regs *a64_regs(struct tl_regs *regs)
{
	return (struct a64_regs *)(void *)regs;
}
static inline const struct a64_regs *a64_regs_of(const struct tl_regs *regs)
{
	return (const struct a64_regs *)(const void *)regs;
}

enum {
	A64_NCORE = 34,
	A64_LR = 30,
	A64_SP = 31, /* of some fields of instructions; of others it is always 0 */

	/* BRK, over a probed instruction and at the end of a slot. The syndrome has the immediate.
	 * */
	A64_BRK_OF_POINT = 0x7470,
	A64_BRK_OF_SLOT = 0x7473,
#define A64_BRK(immediate) (0xd4200000u | (uint32_t)(immediate) << 5)

	A64_SLOT_SIZE = 16,

	/* instructions that decode() walks in search of a store-exclusive */
	A64_EXCL_INSNS = 16,
	A64_TRAP_INSNS =
	        40, /* ... of what uses the state that a trap overwrites: a handler restores
	                        31 registers, and FP registers before that */

	/* Bytes below the stack pointer of its entry in which a function may keep its return
	 * address, if its return is to be hooked. arch.mk says the same in words, for look(). */
	A64_KEEPS_WITHIN = 4096,
};

/* What simulate() has to do: tl_insn.op of everything that is not rejected. */
enum a64_op {
	/* Nothing: it runs in a slot. */
	A64_SLOT,
	A64_SYSREG, /* MRS, MSR: in a slot, unless trap_state.c objects */
	/* In a slot where it reaches the literal from there. */
	A64_FP_LITERAL,
	A64_PRFM_LITERAL, /* else not at all: it is a hint */

	A64_ADR,
	A64_ADRP,
	A64_LITERAL, /* LDR, LDRSW */
	A64_B,
	A64_BL,
	A64_BCOND,
	A64_CB, /* CBZ, CBNZ */
	A64_TB, /* TBZ, TBNZ */
	A64_BR, /* BR, RET */
	A64_BLR
};

/* What a trap overwrites: bits of struct tl_trap_use. */
enum a64_trap_reg { A64_ELR = 1, A64_SPSR = 2, A64_ESR = 4, A64_FAR = 8 };

extern const struct tl_isa a64_v8a;

unsigned a64_insn_len(const uint8_t *bytes, unsigned n);
int a64_decode(const struct tl_isa *isa, const struct tl_text *text, struct tl_insn *insn);
struct tl_trap_use a64_trap_use(const struct tl_insn *insn);
struct tl_trap_use a64_trap_state(const struct tl_insn *insn); /* the same, but for `goes` */
bool a64_moves_traps(const struct tl_insn *insn);
/* B, BL, branches, literals, ADR: how far from its own address it goes or refers to; else 0. */
int32_t a64_offset(const struct tl_insn *insn);
int32_t a64_goes(const struct tl_insn *insn);
int a64_returns(const struct tl_isa *isa, const struct tl_text *text);
unsigned a64_onward(const struct tl_isa *isa, const struct tl_text *text, tl_read_fn *read,
                    struct tl_onward *flow);
unsigned a64_breakpoint(const struct tl_insn *insn, uint8_t *out);
int a64_slot_build(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr,
                   uintptr_t slot, bool boosted, tl_read_fn *read, uint8_t *out);
int a64_rewrite(const struct tl_insn *insn, uintptr_t addr, uintptr_t slot,
                uint8_t *out); /* 0 or -TL_EINSN */
/* A load or prefetch of a literal, as it is there; 0: the literal is not in reach. */
uint32_t a64_literal_at(const struct tl_insn *insn, uintptr_t addr, uintptr_t slot);
void a64_put(uint8_t *out, uint32_t bits);
bool a64_branch(uintptr_t from, uintptr_t to, uint8_t *out); /* B; false: it does not reach */
int a64_simulate(const struct tl_insn *insn, struct tl_regs *regs, tl_read_fn *read,
                 struct tl_sim_fault *fault);

/* What an instruction does with general registers: a bit each for x0 to x30, none for SP. */
struct a64_use {
	uint32_t reads, writes;
	bool keeps, fetches; /* stores x30 in the stack, loads it from there */
	int32_t moves_sp;    /* adds to SP; INT32_MIN: nobody knows what */
	int32_t at;          /* keeps: from SP, once that has moved */
};
struct a64_use a64_use_of(uint32_t bits);

#endif
