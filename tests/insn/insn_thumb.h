/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M's side of the proof: the core's state by name, and the memory that runs use. See insn.h.
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E: B1.5 (exceptions), B3.2 (system
 * control).
 */
#ifndef INSN_THUMB_H
#define INSN_THUMB_H

#include "insn.h"

/* clang-format off */
#define INSN_THUMB_WORDS(X)                                                                       \
	X(r0) X(r1) X(r2) X(r3) X(r4) X(r5) X(r6) X(r7) X(r8) X(r9) X(r10) X(r11) X(r12) X(lr)    \
	X(pc) X(xpsr)                                                                             \
	X(msp) X(psp) X(exc_return) X(control) X(primask) X(basepri)                              \
	/* of Armv8-M: stack limits, and masks and CONTROL of the Non-secure state, a digest */   \
	X(v8m)                                                                                    \
	X(vector) X(cfsr) X(hfsr) X(fault_address) X(svcs)                                        \
	/* words of scratch memory; a digest; the first */                                        \
	X(changed) X(changes) X(changed_at) X(changed_to)                                         \
	X(fpscr) X(s0) X(s1) X(s2) X(s3) X(s4) X(s5) X(s6) X(s7) X(s8) X(s9) X(s10) X(s11) X(s12) \
	X(s13) X(s14) X(s15) X(s16) X(s17) X(s18) X(s19) X(s20) X(s21) X(s22) X(s23) X(s24)       \
	X(s25) X(s26) X(s27) X(s28) X(s29) X(s30) X(s31)
/* clang-format on */

struct cpu {
#define FIELD(name) uint32_t name;
	INSN_THUMB_WORDS(FIELD)
#undef FIELD
};
_Static_assert(sizeof(struct cpu) <= sizeof(struct insn_state), "INSN_WORDS");

/* By number: r0-r12, sp, lr. */
uint32_t thumb_reg(const struct cpu *cpu, unsigned r);

enum { THUMB_PENDSV = 14 }; /* the handler that cases of handler mode run in */

#define CONTROL_NPRIV      1u
#define CONTROL_SPSEL      2u
#define EXC_RETURN_HANDLER 0xfffffff1u
#define EXC_RETURN_MSP     0xfffffff9u
#define EXC_RETURN_PSP     0xfffffffdu
#define EXC_RETURN_ON_PSP  4u
#define EXC_RETURN_BASIC   0x10u
#define LANDING            0xbe00u /* bkpt: what all else is filled with, and runs end at */
#define LANDING_MASK       0xff00u

/*
 * Most of the RAM is used, at fixed distances from its end. First scratch memory, where no sum and
 * no multiple of pointers to it as addressing modes form them is mapped; then code: the case is in
 * the middle, landings are all around it, as far as B<c> reaches.
 */
extern char __stack_top[];
enum {
	SCRATCH_BELOW_TOP = 0x2b0000,
	CODE_BELOW_TOP = 0x2a0000,
	CODE_SIZE = 0x260000,
	CODE_MIDDLE = CODE_SIZE / 2
};
static inline uint32_t code_start(void)
{
	return (uint32_t)__stack_top - CODE_BELOW_TOP;
}
static inline uint32_t code_base(void)
{
	return code_start() + CODE_MIDDLE;
}
static inline uint32_t scratch_base(void)
{
	return (uint32_t)__stack_top - SCRATCH_BELOW_TOP;
}

/*
 * Where instructions are: at both alignments. Without a case there is a NOP: a landing must not
 * stand where a probe was, for the agent holds that to be its own that has just gone.
 */
enum { CODE_SITE = 0x22 };
static inline uint32_t code_site(unsigned n)
{
	return code_base() + CODE_SITE * n;
}
uint16_t code_filling(uint32_t addr); /* what is there without a case */

/*
 * Stack pointers and pointers to data are about these offsets into scratch memory; immediates do
 * not reach from one to the stack below another.
 */
enum { SCRATCH_MSP = 0x1a00, SCRATCH_DATA = 0x3400, SCRATCH_PSP = 0x4e00, SCRATCH_SIZE = 0x6800 };

/* How a case runs, besides its state: struct insn_case.how. */
enum {
	HOW_IT = 0xff, /* the IT before the instruction; 0: none */
	/* BusFault, MemManage and UsageFault have vectors of their own */
	HOW_EVERY_VECTOR = 0x1000,
	HOW_WAKE = 0x2000, /* an interrupt is pending that PRIMASK keeps out */
	HOW_TAIL = 0x4000, /* behind the instruction FAULTMASK is stored and cleared: no landing
	                      could trap else */
};

enum { SP = 13, LR = 14, PC = 15 };

static inline uint32_t field(uint32_t bits, unsigned low, unsigned width)
{
	return bits >> low & ((1u << width) - 1);
}

static inline bool is_coprocessor(uint32_t bits)
{
	return (bits & 0xec000000) == 0xec000000;
}

static inline bool has_fp(void)
{
#ifdef __ARM_FP
	return true;
#else
	return false;
#endif
}

/* ---- insn_thumb_kind.c ---- */

/* Of 16 bits if the mask is, else of 32, and those bits. */
bool case_is(const struct insn_case *c, uint32_t mask, uint32_t match);
bool case_uses_memory(const struct insn_case *c); /* but by SP alone */
bool case_writes_pc(const struct insn_case *c);
bool case_is_bxns(const struct insn_case *c);
bool case_never_in_it(const struct insn_case *c);
bool case_adds_register_to_sp(const struct insn_case *c);
/* ADD, MOV of any registers: Rd and Rm are */
bool case_is_high(const struct insn_case *c, uint32_t match);
unsigned case_high_d(const struct insn_case *c);
unsigned case_high_m(const struct insn_case *c);
/* a literal into PC or SP: it has to be somewhere to go to */
bool case_loads_special(const struct insn_case *c);
uint32_t case_literal_at(const struct insn_case *c, uint32_t offset);
bool case_can_be_proved(const struct insn_case *c);
bool is_landing(uint32_t addr);

/* ---- insn_thumb_state.c ---- */
void case_draw_state(struct insn_case *c);

#endif
