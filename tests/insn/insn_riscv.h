/* SPDX-License-Identifier: MIT */
/*
 * RISC-V's side of the proof: the core's state by name, and the memory that runs use. See insn.h.
 *
 * Follows the RISC-V Instruction Set Manual, volume I, 20191213: 24 (registers), 11.2 (fcsr);
 * volume II, 20211203: 2.2 (CSRs), 3.1.6 (mstatus).
 *
 * Cases run in machine, supervisor and user mode. FP registers are part of the state also where
 * nothing else is built for them: the core has them.
 */
#ifndef INSN_RISCV_H
#define INSN_RISCV_H

#include "insn_riscv_layout.h"

#include "insn.h"

/* clang-format off */

/* CSRs that C brings into a state, and back; those that traps write are noted at the run's end. */
#define INSN_RISCV_CSRS(X)                                                                        \
	X(mscratch) X(mtvec) X(mie) X(mip) X(medeleg) X(mideleg) X(mcounteren)                    \
	X(stvec) X(scounteren) X(sscratch) X(sepc) X(scause) X(stval) X(satp)

#if __riscv_xlen == 64
#define FP(X, name) X(name)
#else
#define FP(X, name) X(name) X(name##_high)
#endif

#define INSN_RISCV_WORDS(X)                                                                       \
	X(ra) X(sp) X(gp) X(tp) X(t0) X(t1) X(t2) X(s0) X(s1) X(a0) X(a1) X(a2) X(a3) X(a4) X(a5) \
	X(a6) X(a7) X(s2) X(s3) X(s4) X(s5) X(s6) X(s7) X(s8) X(s9) X(s10) X(s11) X(t3) X(t4)     \
	X(t5) X(t6) X(pc)                                                                         \
	FP(X, ft0) FP(X, ft1) FP(X, ft2) FP(X, ft3) FP(X, ft4) FP(X, ft5) FP(X, ft6) FP(X, ft7)   \
	FP(X, fs0) FP(X, fs1) FP(X, fa0) FP(X, fa1) FP(X, fa2) FP(X, fa3) FP(X, fa4) FP(X, fa5)   \
	FP(X, fa6) FP(X, fa7) FP(X, fs2) FP(X, fs3) FP(X, fs4) FP(X, fs5) FP(X, fs6) FP(X, fs7)   \
	FP(X, fs8) FP(X, fs9) FP(X, fs10) FP(X, fs11) FP(X, ft8) FP(X, ft9) FP(X, ft10)           \
	FP(X, ft11)                                                                               \
	X(fcsr) X(mstatus) X(mcause) X(mtval)                                                     \
	INSN_RISCV_CSRS(X)                                                                        \
	X(changed) X(changes) X(changed_at) X(changed_to) /* struct insn_changes */
/* clang-format on */

struct cpu {
#define FIELD(name) uintptr_t name;
	INSN_RISCV_WORDS(FIELD)
#undef FIELD
};
_Static_assert(sizeof(struct cpu) <= sizeof(struct insn_state), "INSN_WORDS");

/* Of a run's start, mstatus is what MRET finds: the mode and MIE are MPP and MPIE. */
enum {
	MSTATUS_SIE = 1 << 1,
	MSTATUS_MIE = 1 << 3,
	MSTATUS_SPIE = 1 << 5,
	MSTATUS_MPIE = 1 << 7,
	MSTATUS_SPP = 1 << 8,
	MSTATUS_MPP = 3 << 11,
	MSTATUS_MPP_S = 1 << 11,
	MSTATUS_FS = 3 << 13,
	MSTATUS_MPRV = 1 << 17,
	MSTATUS_SUM = 1 << 18,
	MSTATUS_MXR = 1 << 19,
	MSTATUS_TVM = 1 << 20,
	MSTATUS_TW = 1 << 21,
	MSTATUS_TSR = 1 << 22,
};

enum { SSI = 1 << 1, STI = 1 << 5, MTI = 1 << 7, SEI = 1 << 9, MEI = 1 << 11 }; /* mie, mip */

enum {
	CSR_SSTATUS = 0x100,
	CSR_SIE = 0x104,
	CSR_SSCRATCH = 0x140,
	CSR_SIP = 0x144,
	CSR_SATP = 0x180,
	CSR_MSTATUS = 0x300,
	CSR_MIE = 0x304,
	CSR_MTVEC = 0x305,
	CSR_MSCRATCH = 0x340,
	CSR_MEPC = 0x341,
	CSR_MTVAL = 0x343,
	CSR_MIP = 0x344,
};

enum { BREAKPOINT = 3 }; /* mcause */

/*
 * RAM at fixed distances from its end: code, with landings all around the places of cases, then
 * scratch memory. Two of the places are near enough to the slots for a jump back, two are not; of
 * either, one is at an odd halfword.
 */
extern char __stack_top[];
enum { CODE_BELOW_TOP = 0x3c0000, CODE_SIZE = 0x200000, SCRATCH_BELOW_TOP = 0x180000 };
enum {
	CODE_LANDINGS = 0x10000,
	CODE_NEAR = 0x40000,
	CODE_FAR = 0x140000,
	CODE_ODD = 0x22,
	CODE_SITES = 4
};
static inline uintptr_t code_start(void)
{
	return (uintptr_t)__stack_top - CODE_BELOW_TOP;
}
static inline uintptr_t scratch_base(void)
{
	return (uintptr_t)__stack_top - SCRATCH_BELOW_TOP;
}
static inline bool is_far(unsigned site)
{
	return site & 2;
}
static inline uintptr_t code_site(unsigned site)
{
	return code_start() + (is_far(site) ? CODE_FAR : CODE_NEAR) + (site & 1) * CODE_ODD;
}

/* What is where no case is: c.ebreak, and c.nop at the places of cases, since the agent holds a
   breakpoint there to be its own. */
enum { LANDING = 0x9002, C_NOP = 0x0001 };
uint16_t code_filling(uintptr_t addr);
bool is_landing(uintptr_t addr);

/* Stack pointers and pointers to data are about these offsets into scratch memory. */
enum { SCRATCH_SP = 0x2400, SCRATCH_DATA = 0x5000, SCRATCH_SIZE = 0x6800 };

/* How a case runs, besides its state: struct insn_case.how. */
enum {
	HOW_READ = 0x100, /* behind the instruction its CSR is read, into HOW_REG */
	HOW_MRET = 0x200, /* behind it, HOW_REG goes to mepc, and MRET follows */
	HOW_REG = 0x1f,
};

enum { RA = 1, SP = 2, NO_REG = 32 };

static inline uint32_t field(uint32_t bits, unsigned low, unsigned width)
{
	return bits >> low & ((1u << width) - 1);
}

extern const char riscv_vectors[]; /* for mtvec, besides the agent's own: as good */

/* ---- insn_riscv_kind.c ---- */

/* as long as `match` says */
bool case_is(const struct insn_case *c, uint32_t mask, uint32_t match);
bool case_is_csr(const struct insn_case *c);
uint32_t case_csr(const struct insn_case *c);
enum { CSR_WRITE = 1, CSR_SET, CSR_CLEAR };
uint32_t case_csr_kind(const struct insn_case *c);
bool case_csr_immediate(const struct insn_case *c); /* of 5 bits, where else the register is */
uint32_t
case_rs1(const struct insn_case *c); /* of 32 bits, or of those 16 bits that jump to a register */
unsigned case_base(const struct insn_case *c); /* the register that points to memory; NO_REG: there
                                                  is none, or it is SP */
uintptr_t case_jalr_offset(const struct insn_case *c); /* which is added to rs1 */
bool case_is_mv_to_sp(const struct insn_case *c);
bool case_can_be_proved(const struct insn_case *c);

/* ---- insn_riscv_state.c ---- */

void case_draw_state(struct insn_case *c);

#endif
