/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M, both halves: the registers at a hit, the breakpoints, and what decode.c tells
 * simulate.c.
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E: B1.4.2 (xPSR), B1.5.7 (the
 * exception frame), A7.3.3 (ITSTATE).
 */
#ifndef THUMB_H
#define THUMB_H

#include "isa.h"

/* Registers at a hit. `pc` is the address of the instruction, bit 0 clear; `sp` is what it was
 * before the trap. */
struct thumb_regs {
	union {
		uint32_t r[17]; /* by number: r[0] .. r[15] as instructions count them, then xPSR */
		struct {
#define THUMB_REG(name, gdb, dwarf, kind) uint32_t name;
#include "regs.def"
#undef THUMB_REG
		};
	};
	/* The trap code's own. */
	uint32_t exc_return; /* LR on entry to the trap */
	uint32_t control;    /* of a dispatched context: CONTROL to go back to */
	uint32_t frame;      /* cores with an FPU: its frame, with the FP registers if that is an
	                        extended one */
};

static inline struct thumb_regs *thumb_regs(struct tl_regs *regs)
{
	return (struct thumb_regs *)regs;
}

enum {
	THUMB_NCORE = 17,

	THUMB_BRK_POINT = 0xbe7a, /* bkpt 0x7a: patched over a probed instruction */
	THUMB_BRK_SLOT = 0xbe7b,  /* bkpt 0x7b: ends a slot */
	THUMB_SLOT_SIZE = 20,

	THUMB_IT_BEFORE = 14,  /* bytes from the start of an IT to the start of the last instruction
	                          that it may cover */
	THUMB_EXCL_INSNS = 16, /* instructions that decode() walks in search of a store-exclusive */
	THUMB_RETURN_BYTES = 64 /* of a function that returns() should see at the least */
};

/* xPSR */
#define THUMB_XPSR_N    0x80000000u
#define THUMB_XPSR_Z    0x40000000u
#define THUMB_XPSR_C    0x20000000u
#define THUMB_XPSR_V    0x10000000u
#define THUMB_XPSR_T    0x01000000u
#define THUMB_XPSR_IT   0x0600fc00u /* IT[1:0] at 26:25, IT[7:2] at 15:10 */
#define THUMB_XPSR_IPSR 0x000001ffu

/* What simulate() has to do: tl_insn.op of everything that is not rejected. */
enum thumb_op {
	/* Nothing: it runs in a slot. */
	THUMB_SLOT,
	THUMB_LAST, /* no breakpoint may follow it: it masks traps, or goes to another security
	               state */
	THUMB_SVC,  /* SVC: tl_arch_call() has it taken at its address */
	THUMB_VLDR, /* VLDR (literal): the slot takes the literal along */

	THUMB_PLD,  /* PLD, PLI (literal) */
	THUMB_IT,   /* IT */
	THUMB_BCC,  /* B<c>, 16 bits */
	THUMB_B,    /* B, 16 bits */
	THUMB_BCCW, /* B<c>, 32 bits */
	THUMB_BW,   /* B, 32 bits */
	THUMB_BL,
	THUMB_BX,
	THUMB_BLX,
	THUMB_CBZ,    /* CBZ, CBNZ */
	THUMB_TB,     /* TBB, TBH */
	THUMB_ADR,    /* ADR, 16 bits */
	THUMB_ADRW,   /* ADR, 32 bits */
	THUMB_ADDHI,  /* ADD Rd, Rm with a PC in it */
	THUMB_MOVHI,  /* MOV Rd, Rm with a PC in it */
	THUMB_LDRLIT, /* LDR (literal), 16 bits */
	THUMB_LDRWL,  /* LDR, LDRB, LDRH, LDRSB, LDRSH (literal), 32 bits */
	THUMB_LDRDL,  /* LDRD (literal) */
	THUMB_LDRPC,  /* LDR PC, [Rn...] */
	THUMB_POP,    /* POP {..., PC}, 16 bits */
	THUMB_LDM     /* LDM, LDMDB, POP with PC, 32 bits */
};

enum { THUMB_VLDR_DOUBLE = 0x100 }; /* bit of VLDR: 8 bytes, else 4 */

extern const struct tl_isa thumb_v6m, thumb_v7m, thumb_v7em, thumb_v8m;

unsigned thumb_insn_len(const uint8_t *bytes, unsigned n);
int thumb_decode(const struct tl_isa *isa, const struct tl_text *text, struct tl_insn *insn);
unsigned thumb_breakpoint(const struct tl_insn *insn, uint8_t *out);
int thumb_slot_build(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr,
                     uintptr_t slot, bool boosted, tl_read_fn *read, uint8_t *out);
bool thumb_jump(uintptr_t from, uintptr_t to, uint8_t *out);
int thumb_returns(const struct tl_isa *isa, const struct tl_text *text);
int32_t thumb_goes(const struct tl_insn *insn);
int32_t thumb_far(uint32_t bits); /* B and BL of 32 bits: the offset from their own address */
/*
 * How far B and BL of any kind go from their own address; what ADR, MOV Rd, pc and the
 * loads of literals compute by the PC, and the register that is written by it.
 */
int32_t thumb_branch(const struct tl_insn *insn);
uint32_t thumb_relative(const struct tl_insn *insn, uint32_t addr);
uint32_t thumb_relative_to(const struct tl_insn *insn);
unsigned thumb_onward(const struct tl_isa *isa, const struct tl_text *text, tl_read_fn *read,
                      struct tl_onward *flow);
/* moves past it: the PC and ITSTATE */
void thumb_pass(const struct tl_insn *insn, struct tl_regs *regs);
bool thumb_skip(const struct tl_insn *insn, struct tl_regs *regs);
int thumb_simulate(const struct tl_insn *insn, struct tl_regs *regs, tl_read_fn *read,
                   struct tl_sim_fault *fault);

#endif
