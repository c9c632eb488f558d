/* SPDX-License-Identifier: MIT */
/*
 * The state that a trap overwrites, the probe's own trap included: who reads it, who writes it, and
 * who moves traps elsewhere.
 *
 * Follows the RISC-V Instruction Set Manual, volume II, 20211203: 2.1 (whose a CSR is), 3.1.6.1
 * (mstatus), 3.1.7 (mtvec), 3.1.8 (medeleg), 3.1.14 to 3.1.16 (mepc, mcause, mtval), 3.3.2 (MRET,
 * SRET), 4.1 (the same of supervisor mode); volume I, 20191213: 9.1 (Zicsr).
 */
#include "isa.h"
#include "riscv.h"

enum { SYSTEM = 0x73, URET = 0x00200073, WRITE = 1 };
/* CSRs without their bits 9 and 8, which say whose they are. */
enum { STATUS = 0x000, EDELEG = 0x002, TVEC = 0x005, EPC = 0x041, CAUSE, TVAL, NONE = 0xfff };

/* A CSR instruction in parts; `kind` 0: it is none. */
struct access {
	uint32_t csr;    /* of the mode, without its bits; NONE: of another */
	uint32_t kind;   /* 1 writes, 2 sets, 3 clears */
	uint32_t rd;     /* 0: the old value goes nowhere */
	uint32_t source; /* register or immediate; to set or clear by 0 writes nothing */
	bool immediate;
};

static struct access take_apart(const struct tl_insn *insn, enum riscv_mode mode)
{
	uint32_t bits = insn->bits, csr = bits >> 20;

	if (insn->len != 4 || (bits & 0x7f) != SYSTEM)
		return (struct access){0};
	return (struct access){(csr >> 8 & 3) == mode ? csr & ~0x300u : NONE, bits >> 12 & 3,
	                       bits >> 7 & 31, bits >> 15 & 31, bits >> 14 & 1};
}

bool riscv_returns_from_trap(const struct tl_insn *insn, enum riscv_mode mode)
{
	return insn->len == 4 && insn->bits == (URET | (uint32_t)mode << 28);
}

static uint8_t part(uint32_t csr)
{
	switch (csr) {
	case STATUS:
		return RISCV_STATUS;
	case EPC:
		return RISCV_EPC;
	case CAUSE:
		return RISCV_CAUSE;
	case TVAL:
		return RISCV_TVAL;
	default:
		return 0;
	}
}

/*
 * Bits of the status set or cleared by an immediate are interrupts on and off: xIE, which every
 * trap brings back as it was; xPP and xPIE are out of reach. By a register they may
 * be xPP, made what it shall be; xPIE is trusted to be set, as a trap leaves it.
 */
struct tl_trap_use riscv_trap_state(const struct tl_insn *insn, enum riscv_mode mode)
{
	struct tl_trap_use use = {.returns = riscv_returns_from_trap(insn, mode)};
	struct access a = take_apart(insn, mode);
	bool changes = a.kind && a.kind != WRITE && a.source;

	if (use.returns)
		use.reads = RISCV_EPC | RISCV_STATUS;
	if (a.kind == WRITE || (changes && a.csr == STATUS && !a.immediate))
		use.writes = part(a.csr);
	if (changes ? a.csr != STATUS : a.kind && a.rd)
		use.reads = part(a.csr);
	return use;
}

#ifndef TL_REG_PC /* for hosts */
static struct tl_trap_use trap_use(const struct tl_insn *insn, enum riscv_mode mode)
{
	struct tl_trap_use use = riscv_trap_state(insn, mode);

	if (insn->verdict == TL_SIMULATE &&
	    (insn->op == RISCV_JAL || insn->op == RISCV_C_J || insn->op == RISCV_C_JAL))
		use.goes = riscv_offset(insn);
	return use;
}

struct tl_trap_use riscv_trap_use_machine(const struct tl_insn *insn)
{
	return trap_use(insn, RISCV_MACHINE);
}

struct tl_trap_use riscv_trap_use_supervisor(const struct tl_insn *insn)
{
	return trap_use(insn, RISCV_SUPERVISOR);
}
#endif

/* Does it write xtvec or xedeleg, so that the next breakpoint may go where the agent is not? */
bool riscv_moves_traps(const struct tl_insn *insn, enum riscv_mode mode)
{
	struct access a = take_apart(insn, mode);

	return (a.csr == TVEC || a.csr == EDELEG) && (a.kind == WRITE || (a.kind && a.source));
}
