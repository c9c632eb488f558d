/* SPDX-License-Identifier: MIT */
/*
 * The state that a trap overwrites, the probe's own trap included: who reads it, who writes it, and
 * who moves traps elsewhere.
 *
 * Follows the RISC-V Instruction Set Manual, volume II, 20211203: 3.1.6.1 (mstatus), 3.1.7
 * (mtvec), 3.1.8 (medeleg), 3.1.14 to 3.1.16 (mepc, mcause, mtval), 3.3.2 (MRET); volume I,
 * 20191213: 9.1 (Zicsr).
 */
#include "isa.h"
#include "riscv.h"

enum { SYSTEM = 0x73, MRET = 0x30200073, WRITE = 1 };
enum { MSTATUS = 0x300, MEDELEG = 0x302, MTVEC = 0x305, MEPC = 0x341, MCAUSE, MTVAL };

/* A CSR instruction in parts; `kind` 0: it is none. */
struct access {
	uint32_t csr;
	uint32_t kind;   /* 1 writes, 2 sets, 3 clears */
	uint32_t rd;     /* 0: the old value goes nowhere */
	uint32_t source; /* register or immediate; to set or clear by 0 writes nothing */
	bool immediate;
};

static struct access take_apart(const struct tl_insn *insn)
{
	uint32_t bits = insn->bits;

	if (insn->len != 4 || (bits & 0x7f) != SYSTEM)
		return (struct access){0};
	return (struct access){bits >> 20, bits >> 12 & 3, bits >> 7 & 31, bits >> 15 & 31,
	                       bits >> 14 & 1};
}

static uint8_t part(uint32_t csr)
{
	switch (csr) {
	case MSTATUS:
		return RISCV_MSTATUS;
	case MEPC:
		return RISCV_MEPC;
	case MCAUSE:
		return RISCV_MCAUSE;
	case MTVAL:
		return RISCV_MTVAL;
	default:
		return 0;
	}
}

/*
 * Bits of mstatus set or cleared by an immediate are interrupts on and off: MIE, which every trap
 * brings back as it was; MPP and MPIE are out of reach. By a register they may be MPP, made what it
 * shall be; MPIE is trusted to be set, as a trap leaves it.
 */
struct tl_trap_use riscv_trap_state(const struct tl_insn *insn)
{
	struct tl_trap_use use = {.returns = insn->len == 4 && insn->bits == MRET};
	struct access a = take_apart(insn);
	bool changes = a.kind && a.kind != WRITE && a.source;

	if (use.returns)
		use.reads = RISCV_MEPC | RISCV_MSTATUS;
	if (a.kind == WRITE || (changes && a.csr == MSTATUS && !a.immediate))
		use.writes = part(a.csr);
	if (changes ? a.csr != MSTATUS : a.kind && a.rd)
		use.reads = part(a.csr);
	return use;
}

#ifndef TL_REG_PC /* for hosts */
struct tl_trap_use riscv_trap_use(const struct tl_insn *insn)
{
	struct tl_trap_use use = riscv_trap_state(insn);

	if (insn->verdict == TL_SIMULATE &&
	    (insn->op == RISCV_JAL || insn->op == RISCV_C_J || insn->op == RISCV_C_JAL))
		use.goes = riscv_offset(insn);
	return use;
}
#endif

/* Does it write mtvec or medeleg, so that the next breakpoint may go where the agent is not? */
bool riscv_moves_traps(const struct tl_insn *insn)
{
	struct access a = take_apart(insn);

	return (a.csr == MTVEC || a.csr == MEDELEG) && (a.kind == WRITE || (a.kind && a.source));
}
