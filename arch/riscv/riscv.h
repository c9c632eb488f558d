/* SPDX-License-Identifier: MIT */
/*
 * RISC-V, both halves: the registers at a hit, the breakpoint, and what decode.c tells simulate.c.
 * RV32 and RV64, machine and supervisor mode are told apart by data (rows.h).
 *
 * Follows the RISC-V Instruction Set Manual, volume I, 20191213 (unprivileged), volume II, 20211203
 * (privileged), and the Bit Manipulation extensions 1.0.0.
 */
#ifndef RISCV_H
#define RISCV_H

#include "isa.h"

/* Registers at a hit. Natively, where a word is wider than a register of RV32, the upper half of
 * each is 0. */
struct riscv_regs {
	union {
		uintptr_t r[32]; /* x1 .. x31, then the PC */
		struct {
#define RISCV_REG(name, gdb, dwarf, kind) uintptr_t name;
#include "regs.def"
#undef RISCV_REG
		};
	};
	/* The trap code's own. */
	uintptr_t status; /* mstatus, or sstatus */
	uintptr_t
	        leave; /* not 0: where the trap resumes, with s0 at `saved`; then, where C handlers
	                    run, FP registers that these may change are at `saved` */
	uintptr_t stack; /* not 0: they came by tl_trap_entry_user, which found the stack pointer
	                    there */
	uintptr_t saved;
};

static inline struct riscv_regs *riscv_regs(struct tl_regs *regs)
{
	return (struct riscv_regs *)(void *)regs;
}

enum {
	RISCV_NCORE = 32,

	RISCV_BRK = 0x9002, /* c.ebreak: over a probed instruction, and at the end of a slot; its
	                       address tells which */
	RISCV_BRK_WIDE = 0x00100073, /* ebreak: over one of 4 bytes */
	RISCV_SLOT_SIZE = 16,

	/* instructions that decode() walks in search of a store-conditional */
	RISCV_EXCL_INSNS = 16,
	RISCV_TRAP_INSNS = 40 /* ... of what uses the state that a trap overwrites: a handler
	                         restores 31 registers */
};

/* What simulate() has to do: tl_insn.op of everything that is not rejected. */
enum riscv_op {
	/* Nothing: it runs in a slot. */
	RISCV_SLOT,
	RISCV_CSR, /* Zicsr: in a slot, unless trap_state.c objects */

	RISCV_AUIPC,
	RISCV_JAL,
	RISCV_JALR,
	RISCV_BRANCH, /* BEQ, BNE, BLT, BGE, BLTU, BGEU */
	RISCV_C_J,
	RISCV_C_JAL,
	RISCV_C_JR,
	RISCV_C_JALR,
	RISCV_C_BZ /* C.BEQZ, C.BNEZ */
};

/* Modes, by their numbers: those in which a trap can come to an agent. */
enum riscv_mode { RISCV_SUPERVISOR = 1, RISCV_MACHINE = 3 };

/* What a trap overwrites, of the registers of the mode that it comes to: bits of struct
 * tl_trap_use. */
enum riscv_trap_csr {
	RISCV_STATUS = 1, /* its xPP and xPIE */
	RISCV_EPC = 2,
	RISCV_CAUSE = 4,
	RISCV_TVAL = 8
};

extern const struct tl_isa riscv_rv32, riscv_rv64, riscv_rv32s, riscv_rv64s;

unsigned riscv_insn_len(const uint8_t *bytes, unsigned n);
int riscv_decode(const struct tl_isa *isa, const struct tl_text *text, struct tl_insn *insn);
struct tl_trap_use riscv_trap_use_machine(const struct tl_insn *insn);
struct tl_trap_use riscv_trap_use_supervisor(const struct tl_insn *insn);
/* the same, but for `goes` */
struct tl_trap_use riscv_trap_state(const struct tl_insn *insn, enum riscv_mode);
/* MRET in machine mode, SRET in supervisor mode */
bool riscv_returns_from_trap(const struct tl_insn *insn, enum riscv_mode);
int32_t riscv_offset(const struct tl_insn *insn); /* simulated ones: how far a jump or branch goes,
                                                     if that is fixed; else 0 */
int riscv_returns(const struct tl_isa *isa, const struct tl_text *text);
int32_t riscv_goes(const struct tl_insn *insn);
unsigned riscv_onward(const struct tl_isa *isa, const struct tl_text *text, tl_read_fn *read,
                      struct tl_onward *flow);
bool riscv_moves_traps(const struct tl_insn *insn, enum riscv_mode);
unsigned riscv_breakpoint(const struct tl_insn *insn, uint8_t *out);
int riscv_slot_build(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr,
                     uintptr_t slot, bool boosted, tl_read_fn *read, uint8_t *out);
int riscv_rewrite(const struct tl_isa *isa, const struct tl_insn *insn, uintptr_t addr,
                  uintptr_t slot, uint8_t *out);                  /* 0 or -TL_EINSN */
uint8_t *riscv_put(uint8_t *out, uint32_t value, unsigned bytes); /* returns what is behind it */
bool riscv_jump(uintptr_t from, uintptr_t to, uint8_t *out);
/* xlen: bits of a register */
void riscv_simulate(const struct tl_insn *insn, struct tl_regs *regs, unsigned xlen);
int riscv_simulate_rv32(const struct tl_insn *insn, struct tl_regs *regs, tl_read_fn *read,
                        struct tl_sim_fault *fault);
int riscv_simulate_rv64(const struct tl_insn *insn, struct tl_regs *regs, tl_read_fn *read,
                        struct tl_sim_fault *fault);

#endif
