/* SPDX-License-Identifier: MIT */
/*
 * AArch64's side of the proof: the core's state by name, and the memory that runs use. See insn.h.
 *
 * Follows the Arm Architecture Reference Manual for A-profile, DDI 0487: C5.2 (PSTATE), D17.2
 * (system registers).
 *
 * Cases run at EL1, with SP_EL1 and with SP_EL0, and at EL0. SVE is off for them.
 */
#ifndef INSN_AARCH64_H
#define INSN_AARCH64_H

#include "insn_aarch64_layout.h"

#include "insn.h"

/* clang-format off */

/* Registers that C brings into a state, and back. */
#define INSN_AARCH64_SYSTEM(X)                                                                    \
	X(tpidr_el0) X(tpidrro_el0) X(tpidr_el1) X(contextidr_el1) X(par_el1) X(csselr_el1)       \
	X(cntkctl_el1) X(vbar_el1)

#define V(X, name) X(name) X(name##_high)

#define INSN_AARCH64_WORDS(X)                                                                     \
	X(x0) X(x1) X(x2) X(x3) X(x4) X(x5) X(x6) X(x7) X(x8) X(x9) X(x10) X(x11) X(x12) X(x13)   \
	X(x14) X(x15) X(x16) X(x17) X(x18) X(x19) X(x20) X(x21) X(x22) X(x23) X(x24) X(x25)       \
	X(x26) X(x27) X(x28) X(x29) X(x30) X(sp_el1) X(sp_el0) X(pc) X(pstate) X(fpsr) X(fpcr)    \
	X(cpacr_el1)                                                                              \
	V(X, v0) V(X, v1) V(X, v2) V(X, v3) V(X, v4) V(X, v5) V(X, v6) V(X, v7) V(X, v8) V(X, v9) \
	V(X, v10) V(X, v11) V(X, v12) V(X, v13) V(X, v14) V(X, v15) V(X, v16) V(X, v17) V(X, v18) \
	V(X, v19) V(X, v20) V(X, v21) V(X, v22) V(X, v23) V(X, v24) V(X, v25) V(X, v26) V(X, v27) \
	V(X, v28) V(X, v29) V(X, v30) V(X, v31)                                                   \
	X(esr) X(far) /* of the run's end; FAR only where it says where */                        \
	INSN_AARCH64_SYSTEM(X)                                                                    \
	X(changed) X(changes) X(changed_at) X(changed_to) /* struct insn_changes */
/* clang-format on */

struct cpu {
#define FIELD(name) uint64_t name;
	INSN_AARCH64_WORDS(FIELD)
#undef FIELD
};
_Static_assert(sizeof(struct cpu) <= sizeof(struct insn_state), "INSN_WORDS");

/* PSTATE, as SPSR has it. BTYPE is no part of a state: a call in a slot is a jump there. */
enum { EL0 = 0, EL1T = 4, EL1H = 5, MODE = 0xf };
enum { PSTATE_F = 1 << 6, PSTATE_I = 1 << 7, PSTATE_DAIF = 0xf << 6, PSTATE_BTYPE = 3 << 10 };
static const uint64_t PSTATE_NZCV = (uint64_t)0xf << 28;

enum { CPACR_FPEN = 3 << 20, CPACR_FPEN_EL1 = 1 << 20 };

/* The class of an exception, in ESR. */
enum { CLASS_FETCH_EL0 = 0x20, CLASS_PC_ALIGNMENT = 0x22, CLASS_DATA = 0x25, CLASS_BRK = 0x3c };
static inline unsigned class_of(const struct cpu *cpu)
{
	return (unsigned)(cpu->esr >> 26) & 0x3f;
}

/* The stack pointer in use. */
static inline uint64_t *sp_of(struct cpu *cpu)
{
	return (cpu->pstate & MODE) == EL1H ? &cpu->sp_el1 : &cpu->sp_el0;
}

/*
 * RAM at fixed distances from its end: code, with landings all around the places of cases. From
 * the slots, at the start of RAM, literals are in reach of one of these, and not of the other. One
 * is the last word of a page.
 */
extern char __stack_top[];
enum {
	CODE_BELOW_TOP = 0x380000,
	CODE_SIZE = 0x300000,
	CODE_LANDINGS = 0x10000,
	CODE_NEAR = 0x7fffc,
	CODE_FAR = 0x200024,
	CODE_SITES = 2,
};
static inline uintptr_t code_start(void)
{
	return (uintptr_t)__stack_top - CODE_BELOW_TOP;
}
static inline uintptr_t code_site(unsigned n)
{
	return code_start() + (n ? CODE_FAR : CODE_NEAR);
}

/* What is where no case is: BRK, told apart by their numbers where a literal is loaded from between
 * them, none of them the agent's. At the places of cases it is NOP, since the agent holds a
 * breakpoint there to be its own. */
enum { NOP = 0xd503201fu, LANDING = 0xd42a0000u };
uint32_t code_filling(uintptr_t addr);
bool is_landing(uintptr_t addr);

/* SP_EL1, SP_EL0 and pointers to data are about these offsets into scratch memory, which EL0 may
 * use, too. Immediates do not reach from one to the stack below another. */
enum { SCRATCH_SP = 0x2400, SCRATCH_SP_EL0 = 0x3c00, SCRATCH_DATA = 0x5000, SCRATCH_SIZE = 0x6800 };
extern uint32_t a64_scratch[SCRATCH_SIZE / 4];

/* How a case runs, besides its state: struct insn_case.how. */
enum {
	HOW_READ = 0x100, /* behind the instruction its system register is read, into HOW_REG */
	HOW_ERET = 0x200, /* behind it HOW_REG goes to ELR or SPSR, whichever it is not, and ERET
	                     follows */
	HOW_WAKE = 0x400, /* an interrupt is pending that PSTATE keeps out */
	HOW_REG = 0x1f,
};

/* Of some fields of instructions SP, of others no register. */
enum { LR = 30, SP = 31, NO_REG = 32 };

static inline uint32_t field(uint32_t bits, unsigned low, unsigned width)
{
	return bits >> low & ((1u << width) - 1);
}

/* Bits 20:5 of MRS and MSR, with op0's upper bit: a system register, as S3_0_C4_C0_1. */
#define SYSTEM(op0, op1, crn, crm, op2)                                                            \
	((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))
enum {
	SPSR_EL1 = SYSTEM(3, 0, 4, 0, 0),
	ELR_EL1 = SYSTEM(3, 0, 4, 0, 1),
	SP_EL0 = SYSTEM(3, 0, 4, 1, 0),
	SPSEL = SYSTEM(3, 0, 4, 2, 0),
	ESR_EL1 = SYSTEM(3, 0, 5, 2, 0),
	FAR_EL1 = SYSTEM(3, 0, 6, 0, 0),
	VBAR_EL1 = SYSTEM(3, 0, 12, 0, 0),
	CPACR_EL1 = SYSTEM(3, 0, 1, 0, 2),
	CSSELR_EL1 = SYSTEM(3, 2, 0, 0, 0),
	CNTKCTL_EL1 = SYSTEM(3, 0, 14, 1, 0),
};

extern const char a64_vectors[]; /* for VBAR_EL1, besides the agent's own: as good */
bool a64_signs(void);            /* the core has PAC */
uint64_t a64_sign(uint64_t pointer, uint64_t modifier, bool by_key_b);

/* ---- insn_aarch64_kind.c ---- */

bool case_is(const struct insn_case *c, uint32_t mask, uint32_t match);
bool case_is_system(const struct insn_case *c); /* MRS, MSR of a register */
bool case_reads_system(const struct insn_case *c);
unsigned case_system(const struct insn_case *c);
bool case_is_wfi(const struct insn_case *c);
unsigned case_base(const struct insn_case *c);  /* the register that points to memory; NO_REG: there
                                                   is none; SP */
unsigned case_index(const struct insn_case *c); /* what is added to that, or to SP; NO_REG */
uint32_t case_scaled(const struct insn_case *c);               /* an unsigned offset from it */
bool case_moves_to_sp(const struct insn_case *c, int32_t *by); /* ADD, SUB from another register */
bool case_can_be_proved(const struct insn_case *c);

/* ---- insn_aarch64_state.c ---- */

void case_draw_state(struct insn_case *c);

#endif
