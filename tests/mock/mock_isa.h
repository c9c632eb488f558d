/* SPDX-License-Identifier: MIT */
/*
 * mock64: an instruction set for tests, with one of every kind that the agent treats differently.
 * Little-endian, 64-bit words.
 *
 *   2 bytes  op  rd<<4|rs              op below 0x80
 *   4 bytes  op  rd<<4|rs  imm16       op from 0x80 on; imm16 is signed
 *
 * Branches count from their own address.
 */
#ifndef MOCK_ISA_H
#define MOCK_ISA_H

#include "isa.h"

enum mock_reg {
	R0,
	R1,
	R2,
	R3,
	R4,
	R5,
	R6,
	R7,
	SP,
	LR,
	PC,
	FLAGS,
	MOCK_NCORE,
};

enum { MOCK_Z = 1 }; /* FLAGS: the last result was zero */

/* struct tl_regs of mock64: the snapshot, then what the trap code needs. */
struct mock_regs {
	uintptr_t r[MOCK_NCORE];
	uintptr_t exception; /* number, 0: thread */
	uintptr_t process;   /* 1: on a task's stack */
	uintptr_t masked;    /* 1: a trap here would lock the core up */
};

/* clang-format off */
/* MOCK_OP(name, opcode, verdict, flags or error, what it does) */
#define MOCK_OPS                                                                                   \
	MOCK_OP(NOP,    0x00, TL_SLOT,     0,                              "")                     \
	MOCK_OP(BRK,    0x01, TL_REJECT,   TL_EBRK,                        "breakpoint")           \
	MOCK_OP(ADD,    0x02, TL_SLOT,     0,                              "rd += rs")             \
	MOCK_OP(MOV,    0x03, TL_SLOT,     0,                              "rd = rs")              \
	MOCK_OP(PUSH,   0x04, TL_SLOT,     0,                              "*--sp = rd")           \
	MOCK_OP(POP,    0x05, TL_SLOT,     0,                              "rd = *sp++")           \
	MOCK_OP(RET,    0x06, TL_SLOT,     TL_INSN_LEAVES,                 "pc = lr")              \
	MOCK_OP(JR,     0x07, TL_SLOT,     TL_INSN_LEAVES,                 "pc = rs")              \
	MOCK_OP(CALLR,  0x08, TL_SIMULATE, 0,                              "lr = next, pc = rs")   \
	MOCK_OP(POPRET, 0x09, TL_SLOT,     TL_INSN_LEAVES | TL_INSN_LOADS, "pc = *sp++")           \
	MOCK_OP(LDX,    0x6a, TL_REJECT,   TL_EEXCL,                       "rd = *rs, exclusive")  \
	MOCK_OP(STX,    0x6b, TL_REJECT,   TL_EEXCL,                       "*rs = rd, exclusive")  \
	MOCK_OP(MASK,   0x0c, TL_SLOT,     TL_INSN_NO_TRAP,                "traps lock up")       \
	MOCK_OP(UNMASK, 0x0d, TL_SLOT,     0,                              "until here")           \
	MOCK_OP(RETI,   0x0e, TL_REJECT,   TL_EINSN,                       "end of an exception")  \
	MOCK_OP(HALT,   0x0f, TL_SLOT,     0,                              "ends mock_run()")      \
	MOCK_OP(ADDZ,   0x11, TL_SLOT,     TL_INSN_PREDICATED,             "if Z: rd += rs")       \
	MOCK_OP(MASKZ,  0x12, TL_SLOT,     TL_INSN_PREDICATED | TL_INSN_NO_TRAP, "if Z: mask")     \
	MOCK_OP(LI,     0x81, TL_SLOT,     0,                              "rd = imm")             \
	MOCK_OP(ADDI,   0x82, TL_SLOT,     0,                              "rd += imm")            \
	MOCK_OP(LD,     0x83, TL_SLOT,     0,                              "rd = rs[imm]")         \
	MOCK_OP(ST,     0x84, TL_SLOT,     0,                              "rs[imm] = rd")         \
	MOCK_OP(B,      0x85, TL_SIMULATE, 0,                              "pc += imm")            \
	MOCK_OP(BZ,     0x86, TL_SIMULATE, 0,                              "if Z: pc += imm")      \
	MOCK_OP(CALL,   0x87, TL_SIMULATE, 0,                              "lr = next, pc += imm") \
	MOCK_OP(LDL,    0x88, TL_SIMULATE, 0,                              "rd = pc[imm]")         \
	MOCK_OP(JM,     0x89, TL_SIMULATE, TL_INSN_LOADS,                  "pc = rs[imm]")         \
	MOCK_OP(JL,     0x8b, TL_SIMULATE, 0,                              "pc = pc[imm]")         \
	MOCK_OP(FAR,    0x8c, TL_SLOT,     0,                              "no jump back fits")   \
	MOCK_OP(MASKF,  0x8d, TL_SLOT,     TL_INSN_NO_TRAP,                "mask; no jump fits")
/* clang-format on */

enum mock_op {
#define MOCK_OP(name, opcode, verdict, flags, text) MOCK_##name = opcode,
	MOCK_OPS
#undef MOCK_OP
};

/* Second byte of a breakpoint. */
enum { MOCK_BRK_POINT = 0xb1, MOCK_BRK_SLOT = 0xb2 };

extern const struct tl_isa mock64;

#endif
