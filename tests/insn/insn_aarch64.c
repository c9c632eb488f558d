/* SPDX-License-Identifier: MIT */
/*
 * Cases for AArch64, drawn row by row from the table that the agent uses: see insn.h.
 *
 * Follows the Arm Architecture Reference Manual for A-profile, DDI 0487: C4.1 (encoding index),
 * C5.3 (system instructions), D17 (feature registers).
 *
 * What cannot be proved is said in insn_aarch64_kind.c, and so is not drawn. Where the slots are is
 * in reach of everything: that they end in a breakpoint shows with a post_handler.
 */
#include <string.h>

#include "aarch64/rows.h"
#include "arch.h"
#include "error.h"
#include "insn_aarch64.h"

/* ---- rows ---- */

#define FEATURES(name)                                                                             \
	({                                                                                         \
		uint64_t value_;                                                                   \
		__asm volatile("mrs %0, " #name : "=r"(value_));                                   \
		value_;                                                                            \
	})
#define ISAR0 FEATURES(id_aa64isar0_el1)
#define ISAR1 FEATURES(id_aa64isar1_el1)
#define ISAR2 FEATURES(S3_0_C0_C6_2)
#define PFR1  FEATURES(id_aa64pfr1_el1)

/* What the core has not, or this firmware does not let it have; and calls. */
bool insn_row_faults(const struct insn_row *row)
{
	enum { LRCPC = 20, LRCPC_2 = 21, ATOMIC = 20, SHA_512 = 13, SHA_3 = 32, TS = 52, MTE = 8 };

	switch (row->match) {
	case 0xd4000001: /* svc, smc, sysl */
	case 0xd4000003:
	case 0xd5280000:
	case 0x04000000: /* SVE */
		return true;
	case 0x11c00000: /* smax and so on, immediate */
		return !(ISAR2 >> 52 & 15);
	case 0xd5031000: /* wfet, wfit */
		return !(ISAR2 & 15);
	case 0x91800000: /* addg, subg, subps; tags */
	case 0xbac00000:
	case 0xd9200000:
		return !(PFR1 >> MTE & 15);
	case 0x08207c00: /* casp, cas */
	case 0x08a07c00:
		return !(ISAR0 >> ATOMIC & 15);
	case 0x38200000: /* ldadd, ldapr and so on */
		return !(ISAR0 >> ATOMIC & 15) && !(ISAR1 >> LRCPC & 15);
	case 0x19000000: /* ldapur, stlur */
		return !(ISAR1 >> LRCPC_2 & 7);
	case 0xba000400: /* rmif, setf8 */
	case 0x3a00080d:
		return !(ISAR0 >> TS & 15);
	case 0xce000000:
		return !(ISAR0 >> SHA_512 & 7) && !(ISAR0 >> SHA_3 & 0xfff);
	case 0xd65f0bff: /* retaa, braaz, braa, ldraa, pacia, xpaci */
	case 0xd61f081f:
	case 0xd71f0800:
	case 0xf8200400:
	case 0xdac10000:
	case 0xdac14000:
		return !a64_signs();
	default:
		return false;
	}
}

/* ---- encodings ---- */

static unsigned draw_of(const uint16_t *list, unsigned n)
{
	return list[insn_random() % n];
}
#define DRAW(list) draw_of(list, sizeof(list) / sizeof *(list))

/* Those that are written, and read; what is only read; some that there are not. */
static unsigned draw_system(bool read)
{
	static const uint16_t both[] = {
	        SPSR_EL1,
	        ELR_EL1,
	        SP_EL0,
	        SPSEL,
	        ESR_EL1,
	        FAR_EL1,
	        VBAR_EL1,
	        CPACR_EL1,
	        CSSELR_EL1,
	        CNTKCTL_EL1,
	        SYSTEM(3, 3, 4, 2, 0),  /* NZCV */
	        SYSTEM(3, 3, 4, 2, 1),  /* DAIF */
	        SYSTEM(3, 3, 4, 4, 0),  /* FPCR */
	        SYSTEM(3, 3, 4, 4, 1),  /* FPSR */
	        SYSTEM(3, 3, 13, 0, 2), /* TPIDR_EL0 */
	        SYSTEM(3, 3, 13, 0, 3), /* TPIDRRO_EL0 */
	        SYSTEM(3, 0, 13, 0, 4), /* TPIDR_EL1 */
	        SYSTEM(3, 0, 13, 0, 1), /* CONTEXTIDR_EL1 */
	        SYSTEM(3, 0, 7, 4, 0),  /* PAR_EL1 */
	        SYSTEM(3, 0, 5, 1, 0),  /* AFSR0_EL1 */
	        SYSTEM(3, 7, 15, 7, 7),
	        SYSTEM(3, 3, 4, 7, 7),
	};
	static const uint16_t constant[] = {
	        SYSTEM(3, 0, 4, 2, 2),  /* CurrentEL */
	        SYSTEM(3, 0, 0, 0, 0),  /* MIDR_EL1 */
	        SYSTEM(3, 0, 0, 0, 5),  /* MPIDR_EL1 */
	        SYSTEM(3, 0, 0, 4, 0),  /* ID_AA64PFR0_EL1 */
	        SYSTEM(3, 0, 0, 6, 0),  /* ID_AA64ISAR0_EL1 */
	        SYSTEM(3, 3, 0, 0, 1),  /* CTR_EL0 */
	        SYSTEM(3, 3, 0, 0, 7),  /* DCZID_EL0 */
	        SYSTEM(3, 3, 14, 0, 0), /* CNTFRQ_EL0 */
	        SYSTEM(3, 1, 0, 0, 0),  /* CCSIDR_EL1 */
	        SYSTEM(3, 1, 0, 0, 1),  /* CLIDR_EL1 */
	        SYSTEM(3, 0, 1, 0, 0),  /* SCTLR_EL1 */
	        SYSTEM(3, 0, 2, 0, 0),  /* TTBR0_EL1 */
	        SYSTEM(3, 0, 2, 0, 2),  /* TCR_EL1 */
	        SYSTEM(3, 0, 10, 2, 0), /* MAIR_EL1 */
	};

	return read && insn_chance(2) ? DRAW(constant) : DRAW(both);
}

/* Caches and translations. */
static unsigned draw_sys(void)
{
	static const uint16_t known[] = {
	        SYSTEM(1, 3, 7, 4, 1),  /* dc zva */
	        SYSTEM(1, 3, 7, 10, 1), /* dc cvac */
	        SYSTEM(1, 3, 7, 11, 1), /* dc cvau */
	        SYSTEM(1, 3, 7, 14, 1), /* dc civac */
	        SYSTEM(1, 3, 7, 5, 1),  /* ic ivau */
	        SYSTEM(1, 0, 7, 5, 0),  /* ic iallu */
	        SYSTEM(1, 0, 7, 8, 0),  /* at s1e1r */
	        SYSTEM(1, 0, 7, 8, 1),  /* at s1e1w */
	        SYSTEM(1, 0, 7, 8, 2),  /* at s1e0r */
	        SYSTEM(1, 0, 8, 7, 0),  /* tlbi vmalle1 */
	        SYSTEM(1, 0, 8, 7, 1),  /* tlbi vae1 */
	};

	return DRAW(known);
}

/* Branches that reach far go to landings that are near. */
static void steer(struct insn_case *c)
{
	enum { OPERATION = 0x7ffe0, REGISTER = 0xfffe0, NEAR = 17, FAR = 0x03ffffff };
	uint32_t far = FAR & ~((1u << NEAR) - 1);

	if (case_is(c, 0xfff80000, 0xd5080000) && insn_chance(2))
		c->bits = (c->bits & ~(uint32_t)OPERATION) | (draw_sys() << 5 & OPERATION);
	if (case_is_system(c))
		c->bits = (c->bits & ~(uint32_t)REGISTER) |
		          (draw_system(case_reads_system(c)) << 5 & REGISTER);
	if (c->row->op == A64_B || c->row->op == A64_BL)
		c->bits = c->bits & 1u << NEAR ? c->bits | far : c->bits & ~far;
	if (case_scaled(c) > 0xfff && (case_base(c) == SP || !insn_chance(4)))
		c->bits &= ~((uint32_t)0xf << 18);
	if (case_is(c, 0xffc00000, 0x92400000) && insn_chance(8)) /* and sp, xN, -16 */
		c->bits = 0x927cec1f | (c->bits & 0x3e0);
}

/* What is written to state that a trap overwrites shows only if it is used at once. */
static void draw_tail(struct insn_case *c)
{
	uint32_t t = field(c->bits, 0, 5), reg = insn_random() % 31;
	unsigned system = case_system(c);
	bool returns = system == ELR_EL1 || system == SPSR_EL1;

	if (case_reads_system(c) || reg == t || insn_chance(4))
		return;
	if (returns && t != 31 && insn_chance(2))
		c->how = HOW_ERET | reg;
	else if (returns || system == ESR_EL1 || system == FAR_EL1)
		c->how = HOW_READ | reg;
}

/* ---- text ---- */

enum { TAIL = 8 }; /* bytes, at most */

static uint32_t tail_at(const struct insn_case *c, unsigned at)
{
	enum { MRS = 0xd5300000u, MSR = 0xd5100000u, ERET = 0xd69f03e0u };
	unsigned system = case_system(c), reg = c->how & HOW_REG,
	         other = system == ELR_EL1 ? SPSR_EL1 : ELR_EL1;

	if (c->how & HOW_READ && !at)
		return MRS | (system << 5 & 0xfffe0) | reg;
	if (c->how & HOW_ERET)
		return at ? ERET : MSR | (other << 5 & 0xfffe0) | reg;
	return code_filling(c->addr + 4 + at);
}

/* The word at `addr`: the case's, or what is around it. */
static uint32_t text_at(const struct insn_case *c, uintptr_t addr)
{
	uintptr_t at = addr - c->addr;

	if (!at)
		return c->bits;
	return at - 4 < TAIL ? tail_at(c, (unsigned)at - 4) : code_filling(addr);
}

static void write_text(const struct insn_case *c, bool place)
{
	for (uintptr_t at = c->addr; at < c->addr + 4 + TAIL; at += 4) {
		uint32_t word = place ? text_at(c, at) : code_filling(at);

		tl_arch_write(at, &word, sizeof word);
	}
}

void insn_place(const struct insn_case *c)
{
	write_text(c, true);
}

void insn_remove(const struct insn_case *c)
{
	write_text(c, false);
}

static int decode(const struct insn_case *c, struct tl_insn *insn)
{
	uint32_t window[A64_TRAP_INSNS];
	const struct tl_text text = {(uint8_t *)window, c->addr, 0, sizeof window};

	for (unsigned i = 0; i < A64_TRAP_INSNS; i++)
		window[i] = text_at(c, c->addr + 4 * i);
	return tl_arch_isa->decode(tl_arch_isa, &text, insn);
}

/* ---- cases ---- */

/* A load of a literal into an FP register: is there a slot that does not reach it? */
static bool is_out_of_reach(const struct tl_insn *insn, uintptr_t addr)
{
	extern const char __slots_start[], __slots_end[];

	return insn->op == A64_FP_LITERAL &&
	       (!a64_literal_at(insn, addr, (uintptr_t)__slots_start) ||
	        !a64_literal_at(insn, addr, (uintptr_t)__slots_end - A64_SLOT_SIZE));
}

bool insn_draw(const struct insn_row *row, struct insn_case *c)
{
	struct tl_insn insn;

	memset(c, 0, sizeof *c);
	c->row = row;
	c->bits = row->match | (insn_random() & ~row->mask);
	c->addr = c->start = code_site(insn_random() % CODE_SITES);
	c->fires = true;
	steer(c);
	if (!insn_row_decides(row, c->bits))
		return false;
	c->error = row->error;
	if (c->error)
		return decode(c, &insn) == c->error;
	if (case_is_system(c))
		draw_tail(c);
	if (case_is_wfi(c))
		c->how = HOW_WAKE;
	case_draw_state(c);
	if (!case_can_be_proved(c) || decode(c, &insn))
		return false;
	c->no_trap = insn.flags & TL_INSN_NO_TRAP;
	if (is_out_of_reach(&insn, c->addr))
		c->error = -TL_EINSN;
	return true;
}

/* ---- verdicts ---- */

bool insn_faulted(const struct insn_case *c, const struct insn_state *after)
{
	const struct cpu *cpu = const_cpu_of(after);

	(void)c;
	return class_of(cpu) != CLASS_BRK || !is_landing(cpu->pc);
}

bool insn_executed(const struct insn_case *c, const struct insn_state *after)
{
	return const_cpu_of(after)->pc != c->addr;
}

bool insn_uses_fp(const struct insn_state *state)
{
	return const_cpu_of(state)->cpacr_el1 & CPACR_FPEN_EL1;
}

/* A branch to where instructions are ends behind the NOP there. */
static bool leads_to(uintptr_t at, uintptr_t pc)
{
	return at == pc || (code_filling(at) == NOP && at + 4 == pc);
}

/* By hand: a C library's way may use FP registers, which may be off. */
bool insn_sees(const struct insn_case *c, const struct insn_state *state, bool after,
               const struct tl_regs *tl_regs)
{
	const struct a64_regs *regs = a64_regs_of(tl_regs);
	struct cpu *cpu = cpu_of((struct insn_state *)(uintptr_t)state);

	for (unsigned n = 0; n < A64_SP; n++)
		if (regs->r[n] != (&cpu->x0)[n])
			return false;
	return regs->sp == *sp_of(cpu) && (regs->cpsr & ~(uint64_t)PSTATE_BTYPE) == cpu->pstate &&
	       (after ? leads_to(regs->pc, cpu->pc) : regs->pc == c->addr);
}

#define NAME(name) #name,
const char *const insn_words[INSN_WORDS] = {INSN_AARCH64_WORDS(NAME)};
#undef NAME
