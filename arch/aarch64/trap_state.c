/* SPDX-License-Identifier: MIT */
/*
 * The state that a trap overwrites, the probe's own trap included: who reads it, who writes it, and
 * who moves traps elsewhere.
 *
 * Follows the Arm Architecture Reference Manual for A-profile, DDI 0487: C5.2 (ELR_EL1, SPSR_EL1),
 * D17.2 (ESR_EL1, FAR_EL1, VBAR_EL1), C6.2 (ERET, MRS, MSR).
 */
#include "a64.h"
#include "isa.h"

/* Bits 20:5 of MRS and MSR: which register it is. */
enum {
	REGISTER = 0x1fffe0,
	READS = 0x200000,
	SPSR_EL1 = 0x184000,
	ELR_EL1 = 0x184020,
	ESR_EL1 = 0x185200,
	FAR_EL1 = 0x186000,
	VBAR_EL1 = 0x18c000,
	/* Of EL2 and EL3, whose ERET needs them: these bits besides. */
	EL2 = 0x040000,
	EL3 = 0x060000,
};

static bool is_sysreg(uint32_t bits)
{
	return (bits & 0xffd00000) == 0xd5100000;
}

/* ERET, ERETAA, ERETAB */
static bool returns_from_trap(uint32_t bits)
{
	return bits == 0xd69f03e0 || (bits & 0xfffffbff) == 0xd69f0bff;
}

static uint8_t part(uint32_t bits)
{
	switch (bits & REGISTER) {
	case ELR_EL1:
		return A64_ELR;
	case SPSR_EL1:
		return A64_SPSR;
	case ESR_EL1:
		return A64_ESR;
	case FAR_EL1:
		return A64_FAR;
	default:
		return 0;
	}
}

/* Startup code that goes down to EL1 returns by another level's ELR and SPSR. */
static uint8_t returns_above(uint32_t bits)
{
	switch (bits & REGISTER) {
	case ELR_EL1 | EL2:
	case ELR_EL1 | EL3:
		return A64_ELR;
	case SPSR_EL1 | EL2:
	case SPSR_EL1 | EL3:
		return A64_SPSR;
	default:
		return 0;
	}
}

struct tl_trap_use a64_trap_state(const struct tl_insn *insn)
{
	struct tl_trap_use use = {.returns = returns_from_trap(insn->bits)};

	if (use.returns)
		use.reads = A64_ELR | A64_SPSR;
	else if (is_sysreg(insn->bits) && insn->bits & READS)
		use.reads = part(insn->bits);
	else if (is_sysreg(insn->bits))
		use.writes = part(insn->bits) | returns_above(insn->bits);
	return use;
}

#ifndef TL_REG_PC /* for hosts */
struct tl_trap_use a64_trap_use(const struct tl_insn *insn)
{
	struct tl_trap_use use = a64_trap_state(insn);

	if (insn->verdict == TL_SIMULATE && (insn->op == A64_B || insn->op == A64_BL))
		use.goes = a64_offset(insn);
	return use;
}
#endif

bool a64_moves_traps(const struct tl_insn *insn)
{
	return is_sysreg(insn->bits) && !(insn->bits & READS) &&
	       (insn->bits & REGISTER) == VBAR_EL1;
}
