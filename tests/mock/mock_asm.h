/* SPDX-License-Identifier: MIT */
/*
 * Writes mock64 programs into the mock's text: instructions go where mock_org() says, each returns
 * its address.
 */
#ifndef MOCK_ASM_H
#define MOCK_ASM_H

#include "mock_isa.h"

uintptr_t mock_org(uintptr_t at); /* returns what it was */
uintptr_t mock_here(void);
/* imm is left out where the form is short */
uintptr_t mock_emit(enum mock_op op, unsigned rd, unsigned rs, int imm);
uintptr_t mock_word(uintptr_t value);
/* makes a branch, or a literal's user, point there */
void mock_target(uintptr_t branch, uintptr_t to);

#define NOP()           mock_emit(MOCK_NOP, 0, 0, 0)
#define BRK(code)       mock_emit(MOCK_BRK, (code) >> 4, (code)&0xf, 0)
#define ADD(rd, rs)     mock_emit(MOCK_ADD, rd, rs, 0)
#define MOV(rd, rs)     mock_emit(MOCK_MOV, rd, rs, 0)
#define PUSH(rd)        mock_emit(MOCK_PUSH, rd, 0, 0)
#define POP(rd)         mock_emit(MOCK_POP, rd, 0, 0)
#define RET()           mock_emit(MOCK_RET, 0, 0, 0)
#define JR(rs)          mock_emit(MOCK_JR, 0, rs, 0)
#define CALLR(rs)       mock_emit(MOCK_CALLR, 0, rs, 0)
#define POPRET()        mock_emit(MOCK_POPRET, 0, 0, 0)
#define LDX(rd, rs)     mock_emit(MOCK_LDX, rd, rs, 0)
#define STX(rd, rs)     mock_emit(MOCK_STX, rd, rs, 0)
#define MASK()          mock_emit(MOCK_MASK, 0, 0, 0)
#define UNMASK()        mock_emit(MOCK_UNMASK, 0, 0, 0)
#define RETI()          mock_emit(MOCK_RETI, 0, 0, 0)
#define HALT()          mock_emit(MOCK_HALT, 0, 0, 0)
#define ADDZ(rd, rs)    mock_emit(MOCK_ADDZ, rd, rs, 0)
#define MASKZ()         mock_emit(MOCK_MASKZ, 0, 0, 0)
#define LI(rd, imm)     mock_emit(MOCK_LI, rd, 0, imm)
#define ADDI(rd, imm)   mock_emit(MOCK_ADDI, rd, 0, imm)
#define LD(rd, rs, imm) mock_emit(MOCK_LD, rd, rs, imm)
#define ST(rd, rs, imm) mock_emit(MOCK_ST, rd, rs, imm)
#define LDL(rd)         mock_emit(MOCK_LDL, rd, 0, 0)
#define JM(rs, imm)     mock_emit(MOCK_JM, 0, rs, imm)
#define JL()            mock_emit(MOCK_JL, 0, 0, 0)
uintptr_t mock_jump(enum mock_op op, uintptr_t to); /* to 0: mock_target() says later */
#define B(to)    mock_jump(MOCK_B, to)
#define BZ(to)   mock_jump(MOCK_BZ, to)
#define CALL(to) mock_jump(MOCK_CALL, to)

#endif
